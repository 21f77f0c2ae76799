/** `train --engine ort-training` and `graphs --target ort-training`, as a person calls them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readJson } from '../../src/files/json.ts';
import { readHistory } from '../../src/training/history.ts';
import { sha256, workFolder } from './folders.ts';
import { atelier, expectRefusal, succeed, warningsOf } from './program.ts';
import { checkpointOf, tiny } from './settings.ts';

const work = workFolder();
const artifacts = ['training_model.onnx', 'eval_model.onnx', 'optimizer_model.onnx', 'checkpoint', 'manifest.json'];
const manifest = z.looseObject({ model: z.string(), step: z.number(), learningRate: z.number() });
const begin = ['train', 'm1', ...tiny, '--epochs', '2'];
const witness = [...begin, '--engine', 'ort-training'];

describe('train --engine ort-training', () => {
  beforeAll(async () => {
    await succeed([...witness, '--run', 'whole'], work);
  }, 180_000);

  it('learns as the native engine does', async () => {
    await succeed([...begin, '--run', 'native'], work);
    const [expected, found] = await Promise.all(
      ['native', 'whole'].map((run) => readHistory(join(work, run, 'history.jsonl'))),
    );
    expect(found).toHaveLength(2);
    found?.forEach(({ train, validation }, i) => {
      expect(train.loss).toBeCloseTo(expected?.[i]?.train.loss ?? Number.NaN, 4);
      expect(validation.loss).toBeCloseTo(expected?.[i]?.validation.loss ?? Number.NaN, 4);
    });
  });

  it('ends bit for bit where it would have, when it is resumed', async () => {
    await succeed([...witness, '--run', 'parts', '--max-steps', '3'], work);
    // The run remembers its engine.
    const resumed = await succeed(['train', 'm1', '--resume', '--run', 'parts'], work);
    expect(warningsOf(resumed)).toEqual([]);
    for (const which of ['last', 'best'] as const)
      expect(sha256(checkpointOf(join(work, 'parts'), which))).toBe(sha256(checkpointOf(join(work, 'whole'), which)));
  });

  it('leaves a run that others can use, and artifacts to go on with elsewhere', async () => {
    await succeed(['evaluate', 'whole', '--split', 'validation'], work);
    await succeed(['graphs', '--target', 'ort-training', '--from', 'whole', '--out', 'elsewhere'], work);
    const { step } = await readJson(join(work, 'elsewhere', 'm1', 'manifest.json'), (value) => manifest.parse(value));
    expect(step).toBeGreaterThan(3);
  });

  it('refuses a GPU', async () => {
    const outcome = await atelier(
      ['train', 'm1', '--engine', 'ort-training', '--device', 'webgpu', '--run', 'gpu'],
      work,
    );
    expectRefusal(outcome, 2, '--device webgpu: the ort-training engine is WebAssembly', '--engine native');
    expect(existsSync(join(work, 'gpu'))).toBe(false);
  });
});

describe('graphs --target ort-training', () => {
  it('writes the four artifacts of each model', async () => {
    const outcome = await succeed(['graphs', '--target', 'ort-training', '--out', 'fresh', '-b', '4'], work);
    for (const model of ['m1', 'm2']) {
      for (const file of artifacts) expect(existsSync(join(work, 'fresh', model, file))).toBe(true);
      expect(outcome.stdout).toContain(join('fresh', model, 'optimizer_model.onnx'));
    }
    expect(existsSync(join(work, 'fresh', 'm1', 'train_step.onnx'))).toBe(false);
  });

  it('refuses weights of another model, and weights where there is no place for them', async () => {
    expectRefusal(
      await atelier(['graphs', 'm2', '--target', 'ort-training', '--from', 'whole'], work),
      2,
      '--from: the run is of model m1, not of m2',
    );
    expectRefusal(await atelier(['graphs', 'm1', '--from', 'whole'], work), 2, '--target ort-training');
    expectRefusal(
      await atelier(['graphs', '--target', 'ort-training', '--from', 'nowhere'], work),
      2,
      "'nowhere' is no run folder",
    );
  });
});
