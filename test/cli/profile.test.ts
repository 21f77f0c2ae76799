import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readHistory } from '../../src/training/history.ts';
import { sha256, workFolder } from './folders.ts';
import { atelier, expectRefusal, logOf, type Outcome, succeed, warningsOf } from './program.ts';
import { checkpointOf, tiny } from './settings.ts';

const work = workFolder();
const whole = ['train', 'm1', ...tiny, '--epochs', '1'];

/** What must not depend on profiling. */
async function resultOf(run: string) {
  const history = await readHistory(join(work, run, 'history.jsonl'));
  return {
    last: sha256(checkpointOf(join(work, run))),
    best: sha256(checkpointOf(join(work, run), 'best')),
    history: history.map(({ epoch, train, validation, lr }) => ({ epoch, train, validation, lr })),
    config: JSON.stringify(JSON.parse(readFileSync(join(work, run, 'config.json'), 'utf8')).recipe),
  };
}

const profileSchema = z.object({
  steps: z.number(),
  times: z.record(z.string(), z.number()),
  nodes: z.array(
    z.object({
      name: z.string(),
      layer: z.string(),
      phase: z.string(),
      op: z.string(),
      ms: z.number(),
      floorMs: z.number(),
      ratio: z.number().nullable(),
    }),
  ),
});

describe('train --profile', () => {
  let outcome: Outcome;

  beforeAll(async () => {
    await succeed([...whole, '--run', 'plain'], work);
    outcome = await succeed([...whole, '--run', 'profiled', '--profile'], work);
  });

  it('trains the very same', async () => {
    expect(await resultOf('profiled')).toEqual(await resultOf('plain'));
    expect(readdirSync(join(work, 'profiled')).sort()).toEqual([...readdirSync(join(work, 'plain')), 'profile'].sort());
  });

  it('prints the run folder alone on standard output, and ends with a short table in the log', () => {
    expect(outcome.stdout).toBe('profiled\n');
    const last = logOf(outcome).at(-1)?.msg ?? '';
    expect(last).toMatch(/^Training step of m1: batch 40, 1 threads?, target /);
    for (const part of ['where the step goes', 'between the kernels', 'binding', 'Next to mend:'])
      expect(last).toContain(part);
  });

  it('writes each kernel, the tables and the trace', () => {
    const folder = join(work, 'profiled', 'profile');
    expect(readdirSync(folder).sort()).toEqual(['profile.json', 'profile.txt', 'trace.json']);
    const profile = profileSchema.parse(JSON.parse(readFileSync(join(folder, 'profile.json'), 'utf8')));
    // As many as the run has steps.
    expect(profile.steps).toBe(3);
    const sum = profile.nodes.reduce((total, { ms }) => total + ms, 0);
    expect(sum).toBeCloseTo(profile.times['kernels'] ?? Number.NaN, 6);
    const text = readFileSync(join(folder, 'profile.txt'), 'utf8');
    for (const layer of ['normalize', 'conv1', 'relu1', 'conv2', 'pool', 'fc1', 'dropout', 'fc2', 'loss'])
      expect(text).toMatch(new RegExp(`^${layer} `, 'm'));
    expect(text).toContain('Conv2d(32, 64, kernel=3, padding=0)');
    expect(text).not.toMatch(/NaN|undefined|\[object/);
    const events = z
      .array(z.object({ name: z.string(), ph: z.string(), ts: z.number() }))
      .parse(JSON.parse(readFileSync(join(folder, 'trace.json'), 'utf8')));
    expect(events.filter(({ name }) => name === 'model_run').length).toBeGreaterThanOrEqual(profile.steps);
  });

  it('of a run that is done warns that there is nothing to profile', async () => {
    const again = await succeed(['train', 'm1', '--resume', '--run', 'plain', '--profile'], work);
    expect(warningsOf(again).filter((warning) => warning.includes('--profile'))).toHaveLength(1);
    expect(existsSync(join(work, 'plain', 'profile'))).toBe(false);
    expect(await resultOf('plain')).toEqual(await resultOf('profiled'));
  });

  it('--json has a summary', async () => {
    const args = [...whole, '--run', 'json', '--max-steps', '1', '--profile', '--json', '--quiet'];
    const { stdout, stderr } = await succeed(args, work);
    const { profile } = z
      .object({
        profile: z.object({
          steps: z.number(),
          times: z.object({ kernels: z.number(), profiled: z.number(), plain: z.number() }),
          operators: z.array(z.object({ op: z.string(), ms: z.number() })),
          aboveFloor: z.array(z.object({ name: z.string() })),
        }),
      })
      .parse(JSON.parse(stdout));
    expect(profile.steps).toBe(1);
    expect(profile.operators.reduce((sum, { ms }) => sum + ms, 0)).toBeCloseTo(profile.times.kernels, 6);
    expect(profile.aboveFloor).toHaveLength(5);
    expect(stderr).toBe('');
  });
});

describe('what cannot be profiled is refused before anything is written', () => {
  it.each([
    ['--engine', 'ort-training', 'expected engine native'],
    ['--device', 'webgpu', 'expected device cpu'],
    ['--device', 'cuda', 'expected device cpu'],
  ])('%s %s', async (option, value, expected) => {
    const outcome = await atelier(['train', 'm1', option, value, '--profile', '--run', 'refused'], work);
    expectRefusal(outcome, 2, '--profile', expected, `got ${value}`);
    expect(existsSync(join(work, 'refused'))).toBe(false);
  });
});
