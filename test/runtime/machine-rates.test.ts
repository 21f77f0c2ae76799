import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { AtelierError } from '../../src/errors.ts';
import { betterRates, measureRates } from '../../src/runtime/machine-rates.ts';
import { traced } from '../../src/runtime/tracing.ts';

const traces = () => readdirSync(tmpdir()).filter((name) => name.startsWith('atelier-trace-'));

it('measures both rates of this machine, and says at how many threads', async () => {
  const rates = await measureRates(1);
  expect(rates.threads).toBe(1);
  // No processor is outside of this: the unit would be wrong.
  for (const rate of [rates.sgemm, rates.copy]) {
    expect(rate).toBeGreaterThan(1e7);
    expect(rate).toBeLessThan(1e14);
  }
});

it('of two measurements takes the better of each rate', () => {
  const [a, b] = [
    { threads: 2, sgemm: 5, copy: 1 },
    { threads: 2, sgemm: 4, copy: 3 },
  ];
  expect(betterRates(a, b)).toEqual({ threads: 2, sgemm: 5, copy: 3 });
});

it('a traced session that was never made is a mistake, and leaves no file', async () => {
  let prefix = '';
  const work = traced(async (tracePrefix) => {
    prefix = tracePrefix;
  });
  await expect(work).rejects.toThrow(AtelierError);
  expect(traces().some((name) => prefix.includes(name))).toBe(false);
});
