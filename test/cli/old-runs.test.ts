/** Run folders that version 0.1.0 made are as good as today's: nothing of them has to be made anew. */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readMetrics } from '../../src/evaluation/metrics.ts';
import { packageRoot } from '../../src/files/package-root.ts';
import { readHistory } from '../../src/training/history.ts';
import { contentOf, copyFolder, sha256, workFolder } from './folders.ts';
import { atelier, expectRefusal, logOf, succeed, warningsOf } from './program.ts';
import { checkpointOf, machine } from './settings.ts';

const work = workFolder();
const fixture = (model: 'm1' | 'm2') => join(packageRoot(), 'test', 'fixtures', 'runs-0.1', model);
const threads = ['--threads', '1'];

beforeAll(() => {
  for (const model of ['m1', 'm2'] as const) copyFolder(fixture(model), join(work, model));
});

const recorded = (run: string) => readMetrics(join(run, 'evaluation', 'test', 'metrics.json'));

describe('evaluate', () => {
  it('finds the numbers that were recorded', async () => {
    const run = copyFolder(join(work, 'm2'), join(work, 'again', 'm2'));
    rmSync(join(run, 'evaluation'), { recursive: true });
    const outcome = await succeed(['evaluate', run, '--json', ...threads], work);
    expect(warningsOf(outcome)).toEqual([]);
    const unchecked = logOf(outcome).filter(({ msg }) => msg.includes('holds no hash of itself'));
    expect(unchecked.map(({ msg }) => msg)).toEqual([expect.stringContaining(checkpointOf(run, 'best'))]);
    const { loss, weights, ...found } = await recorded(run);
    expect(weights).toMatchObject({ epoch: 2, step: 40 });
    const { loss: wantedLoss, ...wanted } = await recorded(fixture('m2'));
    // Counts of images, and what follows from them.
    expect(found).toEqual(wanted);
    expect(loss).toBeCloseTo(wantedLoss, 6);
    expect(outcome.stdout).toContain(String(wanted.accuracy));
  });

  it('of a run whose checkpoints are gone says so and leaves its evaluation', async () => {
    const before = contentOf(join(work, 'm1'));
    expectRefusal(await atelier(['evaluate', 'm1', ...threads], work), 1, "'m1' has no best checkpoint");
    expect(contentOf(join(work, 'm1'))).toEqual(before);
  });
});

it('compare takes the evaluations that are there', async () => {
  const before = contentOf(work);
  const { stdout } = await succeed(['compare', 'm1', 'm2', ...threads], work);
  expect(stdout).toMatch(/^10000 test images|^10,000 test images/);
  for (const model of ['m1', 'm2'] as const) {
    const { accuracy } = await recorded(fixture(model));
    expect(stdout).toContain(accuracy.toFixed(4));
  }
  expect(stdout).not.toMatch(/NaN|undefined|null|Infinity/);
  expect(contentOf(work)).toEqual(before);
});

it('report tells of both, without maps of the one that has no checkpoint', async () => {
  const before = contentOf(join(work, 'm1'));
  const outcome = await succeed(['report', 'm1', 'm2', '--out', 'report', ...threads], work);
  expect(warningsOf(outcome).filter((line) => /no best checkpoint any more: no activation maps/.test(line))).toEqual([
    expect.stringContaining('Model 1'),
  ]);
  const text = readFileSync(join(work, 'report', 'report.md'), 'utf8');
  for (const model of ['m1', 'm2'] as const)
    expect(text).toContain((await recorded(fixture(model))).accuracy.toFixed(4));
  expect(text).not.toMatch(/NaN|undefined|\[object/);
  const figures = join(work, 'report', 'figures');
  expect(existsSync(join(figures, 'm1-conv1-image-00000.png'))).toBe(false);
  expect(statSync(join(figures, 'm2-stage1-image-00000.png')).size).toBeGreaterThan(1000);
  expect(contentOf(join(work, 'm1'))).toEqual(before);
});

it('export writes the network, which computes what the run does', async () => {
  const args = ['export', 'm2', '--format', 'onnx', '--verify', '--out', 'exported', '--json', ...threads];
  const { stdout } = await succeed(args, work);
  const verified = z.looseObject({ images: z.number(), agreeing: z.number(), referenceAccuracy: z.number() });
  const [{ verification }] = z.tuple([z.looseObject({ verification: verified })]).parse(JSON.parse(stdout));
  expect(verification.agreeing).toBe(verification.images);
  const card = readFileSync(join(work, 'exported', 'onnx', 'README.md'), 'utf8');
  const { accuracy } = await recorded(fixture('m2'));
  expect(card).toContain(accuracy.toFixed(4));
  expect(card).toContain('Ankle boot');
});

describe('train --resume', () => {
  it('goes on for another epoch, and writes the configuration of today', async () => {
    const run = copyFolder(join(work, 'm2'), join(work, 'longer'));
    const outcome = await succeed(['train', 'm2', '--resume', '--run', run, '--epochs', '3', ...machine], work);
    expect(logOf(outcome).map(({ msg }) => msg)).toContainEqual(expect.stringMatching(/^epoch 3\/3 /));
    const history = await readHistory(join(run, 'history.jsonl'));
    const before = await readHistory(join(fixture('m2'), 'history.jsonl'));
    expect(history).toHaveLength(3);
    expect(history.slice(0, 2)).toEqual(before);
    // It went on from trained weights: from fresh ones the first epoch ended at 1.8.
    expect(history[2]?.train.loss).toBeLessThan(before[1]?.train.loss ?? 0);
    const config = z.looseObject({ schema: z.number(), data: z.looseObject({ classes: z.array(z.string()) }) });
    const written = config.parse(JSON.parse(readFileSync(join(run, 'config.json'), 'utf8')));
    expect(written.schema).toBeGreaterThanOrEqual(2);
    expect(written).not.toHaveProperty('dataset');
    expect(written.data.classes).toHaveLength(10);
    expect(sha256(checkpointOf(run))).not.toBe(sha256(checkpointOf(fixture('m2'))));
  });

  it('of a run that has all its epochs makes no step', async () => {
    const run = copyFolder(join(work, 'm2'), join(work, 'whole'));
    await succeed(['train', 'm2', '--resume', '--run', run, ...machine], work);
    for (const which of ['last', 'best'] as const)
      expect(sha256(checkpointOf(run, which))).toBe(sha256(checkpointOf(fixture('m2'), which)));
  });
});
