/** The four artifacts train in ONNX Runtime's TrainingSession as the native engine does, also from trained weights. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../../graphs/ir/types.ts';
import type { ResolvedRecipe } from '../../src/recipe/schema.ts';
import { checkpointOf, type Weights, writeArtifacts } from '../../src/runtime/ort-training-artifacts.ts';
import { TrainingSession } from '../../src/runtime/ort-training-session.ts';
import type { BatchResult } from '../../src/training/engines/engine.ts';
import { NativeEngine } from '../../src/training/engines/native.ts';
import { initialState } from '../../src/training/initialize.ts';
import { type ModelName, modelNames, programsOf } from '../models.ts';
import { comparableRecipe, digests, randomBatch } from './ort-training-support.ts';

const batchSize = 8;
/** The rate of every session that nobody told another. */
const learningRate = 1e-3;
const directory = await mkdtemp(join(tmpdir(), 'atelier-artifacts-'));
afterAll(() => rm(directory, { recursive: true }));

/** Model 1 without dropout and Adam, Model 2 without dropout and AdamW: masks are tried with the engine. */
function recipeOf(name: ModelName): ResolvedRecipe {
  const recipe = comparableRecipe(name);
  return { ...recipe, dropout: recipe.dropout.map(() => 0) };
}

function feedsOf(index: number): ReadonlyMap<string, Tensor> {
  const { images, labels } = randomBatch(index, batchSize);
  return new Map<string, Tensor>([
    ['images', { dtype: 'uint8', shape: [batchSize, 1, 28, 28], data: images }],
    ['labels', { dtype: 'int64', shape: [batchSize], data: labels }],
  ]);
}

describe.each(modelNames)('artifacts of %s', (name) => {
  const programs = programsOf(name, recipeOf(name), 'portable');
  const artifacts = programs.artifacts(batchSize);
  const start = initialState(programs.model.network, programs.trainStep(batchSize), 5);
  const open = (weights: Weights) => TrainingSession.create(artifacts, checkpointOf(artifacts, weights), 1);

  it('hold the weights in the order of the graph', async () => {
    const session = await open({ state: start, step: 0, learningRate });
    const order = [...artifacts.trainable, ...artifacts.frozen];
    const expected = order.flatMap((tensor) => Array.from(start.get(tensor.name)?.data ?? [], Number));
    const data = Float32Array.from(expected);
    expect(digests([['all', { data: await session.parameters() }]])).toEqual(digests([['all', { data }]]));
    await session.release();
  });

  it('train, and go on from trained weights, as the native engine does', async () => {
    const engine = await NativeEngine.create({
      trainStep: programs.trainStep,
      evalStep: programs.evalStep,
      batchSize,
      target: 'portable',
      seed: 5,
      session: { device: 'cpu', threads: 1 },
    });
    await engine.load(start);
    const native: BatchResult[] = [];
    const step = async (i: number) =>
      native.push(await engine.trainStep({ batch: randomBatch(i, batchSize), learningRate, step: i + 1 }));
    for (const i of [0, 1, 2]) await step(i);
    const middle = await engine.state();
    for (const i of [3, 4]) await step(i);

    const losses = async (weights: Weights, indices: readonly number[]) => {
      const session = await open(weights);
      const found: number[] = [];
      for (const i of indices) {
        found.push(Number((await session.train(feedsOf(i))).get('loss')?.data[0]));
        await session.optimize();
      }
      const evaluated = Number((await session.evaluate(feedsOf(9))).get('loss')?.data[0]);
      await session.release();
      return [...found, evaluated];
    };
    const { loss: evaluated } = await engine.evaluate([randomBatch(9, batchSize)]);
    const expected = [...native.map(({ loss }) => loss), evaluated];
    const fresh = await losses({ state: start, step: 0, learningRate }, [0, 1, 2, 3, 4]);
    const continued = await losses({ state: middle, step: 3, learningRate }, [3, 4]);
    fresh.forEach((loss, i) => {
      expect(Math.abs(loss - (expected[i] ?? Number.NaN))).toBeLessThan(5e-6);
    });
    continued.forEach((loss, i) => {
      expect(Math.abs(loss - (expected[i + 3] ?? Number.NaN))).toBeLessThan(5e-6);
    });
    await engine.release();
  });

  it('are written with a manifest', async () => {
    const out = join(directory, name);
    const files = await writeArtifacts(out, name, artifacts, { state: start, step: 0, learningRate });
    expect(files.map(({ file }) => file)).toEqual([
      'training_model.onnx',
      'eval_model.onnx',
      'optimizer_model.onnx',
      'checkpoint',
    ]);
    for (const { file, bytes } of files) expect(await readFile(join(out, file))).toHaveLength(bytes);
    const manifest: unknown = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ model: name, target: 'ort-training', step: 0, learningRate });
  });
});

describe('weights that do not fit', () => {
  const artifacts = programsOf('m1', recipeOf('m1'), 'portable').artifacts(batchSize);
  const stateOf = (name: ModelName, recipe: ResolvedRecipe) => {
    const { model, trainStep } = programsOf(name, recipe, 'portable');
    return initialState(model.network, trainStep(batchSize), 1);
  };
  const sgd: ResolvedRecipe = { ...recipeOf('m1'), optimizer: { name: 'sgd', lr: 0.1, momentum: 0, weightDecay: 0 } };

  it('are refused: of another model', () => {
    expect(() => checkpointOf(artifacts, { state: stateOf('m2', recipeOf('m2')), step: 0, learningRate })).toThrow(
      "the weights do not fit the model: 'conv1.weight' must be float32[32,1,3,3], there is nothing",
    );
  });

  it('are refused: trained, but without moments', () => {
    expect(() => checkpointOf(artifacts, { state: stateOf('m1', sgd), step: 1, learningRate })).toThrow(
      "'optimizer.exp_avg.conv1.weight' must be float32[32,1,3,3], there is nothing",
    );
  });
});

it('translates failures that come as bare numbers', async () => {
  const programs = programsOf('m1', recipeOf('m1'), 'portable');
  const artifacts = programs.artifacts(batchSize);
  const state = initialState(programs.model.network, programs.trainStep(batchSize), 5);
  const session = await TrainingSession.create(artifacts, checkpointOf(artifacts, { state, step: 0, learningRate }), 1);
  const labels: Tensor = { dtype: 'float32', shape: [batchSize], data: new Float32Array(batchSize) };
  await expect(session.train(new Map([...feedsOf(0), ['labels', labels]]))).rejects.toThrow(
    "'m1_train_step': a training step failed: the runtime gave no reason (a C++ exception)",
  );
  await expect(session.train(new Map())).rejects.toThrow("a training step was not given 'images'");
  await session.release();
});
