import type { Parameters } from 'fast-check';
import { vi } from 'vitest';

const factor = Number(process.env['ATELIER_SOAK_FACTOR'] ?? 20);
const seed = process.env['ATELIER_SOAK_SEED'];

// Each property is tried on this many times more values than `make test` has time for. A failure names its seed.
vi.mock('fast-check', async (importOriginal) => {
  const original = await importOriginal<typeof import('fast-check')>();
  const assert = new Proxy(original.assert, {
    apply: (target, self, [property, parameters]: [unknown, Parameters<unknown>?]) =>
      Reflect.apply(target, self, [
        property,
        {
          ...parameters,
          numRuns: factor * (parameters?.numRuns ?? 100),
          ...(seed === undefined ? {} : { seed: Number(seed) }),
        },
      ]),
  });
  return { ...original, assert, default: { ...original.default, assert } };
});
