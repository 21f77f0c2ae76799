/** Twenty steps on the real data set, as PyTorch took them for fixtures/oracle.json: no dropout, no augmentation, no shuffling. */
import { createHash } from 'node:crypto';
import type { Tensor } from '../../graphs/ir/types.ts';
import { optimizerOf } from '../../graphs/optim/from-recipe.ts';
import { trainStep } from '../../graphs/programs/train-step.ts';
import { compile, type TargetName, targets } from '../../graphs/targets/compile.ts';
import { type Batch, sequentialBatches } from '../../src/data/batches.ts';
import { splitIndices } from '../../src/data/split.ts';
import { naturalOrder } from '../../src/random/sampling.ts';
import type { ResolvedRecipe } from '../../src/recipe/schema.ts';
import type { ProgramSet } from '../../src/runtime/programs.ts';
import { Session } from '../../src/runtime/session.ts';
import { fromOrt, toOrt } from '../../src/runtime/tensors.ts';
import { NativeEngine } from '../../src/training/engines/native.ts';
import { initialState, type TensorMap } from '../../src/training/initialize.ts';
import { allBatches } from '../data/all-batches.ts';
import { loadReal } from '../data/real-images.ts';
import { entryOf, type ModelName, programsOf } from '../models.ts';

export const learningRate = 1e-3;
export const batchSize = 128;

/** The model's recipe without what differs from step to step or from machine to machine. */
export function plainRecipe(name: ModelName): ResolvedRecipe {
  return { ...entryOf(name).recipe, dropout: [], augmentation: null };
}

export async function createEngine(
  programs: ProgramSet,
  seed: number,
  size: number,
  threads = 1,
): Promise<NativeEngine> {
  const engine = await NativeEngine.create({
    trainStep: programs.trainStep,
    evalStep: programs.evalStep,
    batchSize: size,
    target: programs.target,
    seed,
    session: { device: 'cpu', threads },
  });
  await engine.load(initialState(programs.model.network, programs.trainStep(size), seed));
  return engine;
}

/** The first batches of the split's training images, in its order. */
export async function* trainingBatches(steps: number): AsyncGenerator<Batch, void, void> {
  const { images } = await loadReal('train');
  const { train: indices } = splitIndices(images.count, entryOf('m1').recipe.splitSeed);
  yield* sequentialBatches(images, indices.subarray(0, steps * batchSize), batchSize);
}

export interface Trajectory {
  readonly losses: readonly number[];
  /** The state after some of the steps, by the number of steps taken. */
  readonly states: ReadonlyMap<number, TensorMap>;
}

/** Trains for the largest of the numbers of steps, and keeps the state after each of them. */
export async function train(
  name: ModelName,
  target: TargetName,
  keep: readonly number[],
  threads = 1,
): Promise<Trajectory> {
  const engine = await createEngine(programsOf(name, plainRecipe(name), target), 42, batchSize, threads);
  const losses: number[] = [];
  const states = new Map<number, TensorMap>();
  for await (const batch of trainingBatches(Math.max(...keep))) {
    const step = batch.index + 1;
    losses.push((await engine.trainStep({ batch, learningRate, step })).loss);
    if (keep.includes(step)) states.set(step, await engine.state());
  }
  await engine.release();
  return { losses, states };
}

/** Euclidean norms of the gradients of the first step, by parameter. */
export async function firstGradientNorms(
  name: ModelName,
  target: TargetName,
): Promise<Readonly<Record<string, number>>> {
  const { model } = programsOf(name, plainRecipe(name), target);
  const { normalization } = entryOf(name);
  const { optimizer } = plainRecipe(name);
  const program = compile(
    trainStep({ model, normalization, optimizer: optimizerOf(optimizer), batchSize, withGradients: true }),
    targets[target],
  );
  const session = await Session.create(program.graph, { device: 'cpu', threads: 1, layout: false });
  const [batch] = await allBatches(trainingBatches(1));
  if (!batch) throw new Error('no batch');
  const tensors: readonly (readonly [string, Tensor])[] = [
    ...initialState(model.network, program, 42),
    ['images', { dtype: 'uint8', shape: [batchSize, 1, 28, 28], data: batch.images }],
    ['labels', { dtype: 'int64', shape: [batchSize], data: batch.labels }],
    ['learning_rate', { dtype: 'float32', shape: [1], data: Float32Array.of(learningRate) }],
    ['step', { dtype: 'int64', shape: [1], data: BigInt64Array.of(1n) }],
  ];
  const results = await session.run(Object.fromEntries(tensors.map(([key, tensor]) => [key, toOrt(tensor)])));
  await session.release();
  return Object.fromEntries(
    model.network.parameters.map((parameter) => {
      const gradient = results[`${parameter.name}_grad`];
      return [parameter.name, gradient ? norm(fromOrt(gradient, parameter.name)) : Number.NaN];
    }),
  );
}

/** Logits of the first five test images, in evaluation mode. */
export async function firstTestLogits(name: ModelName, state: TensorMap): Promise<readonly number[]> {
  const program = programsOf(name, plainRecipe(name), 'portable').predict();
  const session = await Session.create(program.graph, { device: 'cpu', threads: 1 });
  const { images } = await loadReal('test');
  const wanted = program.state.flatMap((spec): (readonly [string, Tensor])[] => {
    const tensor = state.get(spec.name);
    return tensor ? [[spec.name, tensor]] : [];
  });
  const data: Tensor = { dtype: 'uint8', shape: [5, 1, 28, 28], data: await images.read(naturalOrder(5)) };
  const feeds = [...wanted, ['images', data] as const].map(([key, tensor]) => [key, toOrt(tensor)] as const);
  const { logits } = await session.run(Object.fromEntries(feeds));
  await session.release();
  return logits ? numbersOf(fromOrt(logits, 'logits')) : [];
}

export function numbersOf(tensor: Tensor | undefined): readonly number[] {
  return tensor ? Array.from<number | bigint, number>(tensor.data, Number) : [];
}

/** Euclidean norm, summed in double precision. */
export function norm(tensor: Tensor | undefined): number {
  return tensor ? Math.sqrt(numbersOf(tensor).reduce((sum, value) => sum + value * value, 0)) : Number.NaN;
}

/** sha256 of the bytes of each tensor. */
export function digestsOf(state: TensorMap): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...state].map(([name, { data }]) => [
      name,
      createHash('sha256')
        .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
        .digest('hex'),
    ]),
  );
}

export function relativeDifference(found: number, expected: number): number {
  return Math.abs(found - expected) / Math.abs(expected);
}
