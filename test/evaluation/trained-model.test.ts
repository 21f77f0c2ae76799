import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { float32 } from '../../graphs/ir/types.ts';
import { AtelierError, UsageError } from '../../src/errors.ts';
import { openTrainedModel, type TrainedModel } from '../../src/evaluation/trained-model.ts';
import type { TensorMap } from '../../src/training/initialize.ts';
import { workFolder } from '../cli/folders.ts';
import { context } from '../models.ts';
import { freshState, writeRun } from './trained-model-run.ts';

const work = workFolder();
const options = { checkpoint: 'best', threads: 1 } as const;
const paths = { m1: join(work, 'm1'), m2: join(work, 'm2') };
let weights: TensorMap;

beforeAll(async () => {
  weights = (await writeRun(paths.m1, 'm1')).state;
  await writeRun(paths.m2, 'm2');
});

async function open(path: string): Promise<TrainedModel> {
  const model = await openTrainedModel(path, options, context);
  onTestFinished(() => model.release());
  return model;
}

/** Reproducible pixels of `count` images. */
function pixels(count: number): Uint8Array {
  return Uint8Array.from({ length: count * 784 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 24) & 255);
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

describe('predict', () => {
  it('answers a batch as it answers its images one by one, probabilities adding up to 1', async () => {
    const model = await open(paths.m1);
    const images = pixels(3);
    const { logits, probabilities } = await model.predict(images, 3);
    expect([logits.length, probabilities.length, model.classes]).toEqual([30, 30, 10]);
    for (let at = 0; at < 3; at += 1) {
      const one = await model.predict(images.subarray(at * 784, (at + 1) * 784), 1);
      expect(largestDifference(one.logits, logits.subarray(at * 10, at * 10 + 10))).toBeLessThan(1e-5);
      const exponentials = one.logits.map(Math.exp);
      const sum = exponentials.reduce((total, value) => total + value, 0);
      const softmax = exponentials.map((value) => value / sum);
      expect(largestDifference(softmax, probabilities.subarray(at * 10, at * 10 + 10))).toBeLessThan(1e-6);
    }
  });

  it('refuses another number of pixels than it was told', async () => {
    const model = await open(paths.m1);
    await expect(model.predict(pixels(2), 3)).rejects.toThrow('1568 pixels, expected 3 x 1 x 28 x 28');
  });
});

describe('inspector', () => {
  it('returns what the first convolution of Model 1 computes', async () => {
    const model = await open(paths.m1);
    const inspector = await model.inspector(['conv1', 'relu1']);
    expect(inspector.layers).toEqual([
      { name: 'conv1', shape: [32, 26, 26] },
      { name: 'relu1', shape: [32, 26, 26] },
    ]);
    const images = pixels(1);
    const { activations, logits } = await inspector.inspect(images, 1);
    const expected = convolve(images);
    const conv1 = activations.get('conv1') ?? new Float32Array();
    expect(largestDifference(conv1, expected)).toBeLessThan(1e-4);
    expect(activations.get('relu1')).toEqual(conv1.map((value) => Math.max(0, value)));
    expect(largestDifference(logits, (await model.predict(images, 1)).logits)).toBeLessThan(1e-5);
  });

  it('knows stages and blocks of Model 2, a value by two names, and vectors', async () => {
    const model = await open(paths.m2);
    const inspector = await model.inspector([...model.model.figureLayers, 'stages.0.2', 'fc1', 'fc1']);
    expect(inspector.layers).toEqual([
      { name: 'stage1.0', shape: [32, 28, 28] },
      { name: 'stage1', shape: [32, 14, 14] },
      { name: 'stage3', shape: [128, 7, 7] },
      { name: 'stages.0.2', shape: [32, 28, 28] },
      { name: 'fc1', shape: [128, 1, 1] },
    ]);
    const { activations } = await inspector.inspect(pixels(2), 2);
    expect(activations.get('stages.0.2')).toEqual(activations.get('stage1.0'));
    expect(activations.get('fc1')).toHaveLength(2 * 128);
  });

  it('lists the layers where one does not exist', async () => {
    const model = await open(paths.m1);
    const refusal = model.inspector(['conv1', 'conv3']);
    await expect(refusal).rejects.toThrow(UsageError);
    await expect(refusal).rejects.toThrow("no layer 'conv3'; it has: conv1, relu1, conv2");
  });
});

describe('a run that cannot be opened', () => {
  it('no run, or one without that checkpoint', async () => {
    await expect(openTrainedModel(work, options, context)).rejects.toThrow('is no run folder');
    const last = openTrainedModel(paths.m1, { ...options, checkpoint: 'last' }, context);
    await expect(last).rejects.toThrow(/no last checkpoint.*Go on with it: train\(\{ model: 'm1', resume: true, run: /);
  });

  it('a checkpoint that lacks a tensor or has it in another shape', async () => {
    const path = join(work, 'spoilt');
    const state = new Map(freshState('m1'));
    state.delete('conv2.bias');
    await writeRun(path, 'm1', state);
    const lacking = await open(path);
    await expect(lacking.predict(pixels(1), 1)).rejects.toThrow("the checkpoint lacks 'conv2.bias'");
    rmSync(path, { recursive: true });
    await writeRun(path, 'm1', state.set('conv2.bias', float32(new Float32Array(63))));
    const misshapen = await open(path);
    const refusal = misshapen.predict(pixels(1), 1);
    await expect(refusal).rejects.toThrow(AtelierError);
    await expect(refusal).rejects.toThrow("best.safetensors' does not fit the model");
    await expect(refusal).rejects.toThrow("'conv2.bias' is float32[64], got float32[63]");
  });
});

/** Model 1's first convolution by its definition, in float64. */
function convolve(image: Uint8Array): Float32Array {
  const dataOf = (name: string) => {
    const tensor = weights.get(name);
    if (tensor?.dtype !== 'float32') throw new Error(`no ${name}`);
    return tensor.data;
  };
  const [kernel, bias] = [dataOf('conv1.weight'), dataOf('conv1.bias')];
  return Float32Array.from({ length: 32 * 26 * 26 }, (_, i) => {
    const [channel, y, x] = [Math.floor(i / 676), Math.floor((i % 676) / 26), i % 26];
    let sum = bias[channel] ?? 0;
    for (let dy = 0; dy < 3; dy += 1)
      for (let dx = 0; dx < 3; dx += 1) {
        const pixel = ((image[(y + dy) * 28 + x + dx] ?? 0) / 255 - 0.286) / 0.353;
        sum += pixel * (kernel[channel * 9 + dy * 3 + dx] ?? 0);
      }
    return sum;
  });
}
