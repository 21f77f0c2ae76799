/**
 * The witness: ONNX Runtime's own training kernels and onnxruntime-node with our graphs, portable or in the processor's
 * blocked layout, train the same model from the same weights on the same batches, and must agree.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TargetName } from '../../../graphs/targets/compile.ts';
import { AtelierError, UsageError } from '../../../src/errors.ts';
import type { ResolvedRecipe } from '../../../src/recipe/schema.ts';
import type { BatchResult, Engine } from '../../../src/training/engines/engine.ts';
import { createEngine, deviceFor } from '../../../src/training/engines/index.ts';
import { initialState, type TensorMap } from '../../../src/training/initialize.ts';
import { processorTargets } from '../../graphs/processor-targets.ts';
import { entryOf, type ModelName, modelNames, programsOf } from '../../models.ts';
import { comparableRecipe, digests, randomBatch, relativeDifference } from '../../runtime/ort-training-support.ts';

const batchSize = 8;
/** A schedule with a warm-up, and a last batch that is smaller. */
const rates = [2e-4, 1e-3, 1e-3, 5e-4, 1e-4];
const sizes = [8, 8, 8, 8, 5];

async function open(target: TargetName, name: ModelName, recipe: ResolvedRecipe): Promise<Engine> {
  const programs = programsOf(name, recipe, target);
  const engine = target === 'ort-training' ? target : 'native';
  const made = await createEngine(engine, { programs, batchSize, seed: 3, session: { device: 'cpu', threads: 1 } });
  await made.load(initialState(programs.model.network, programs.trainStep(batchSize), 3));
  return made;
}

async function steps(engine: Engine, from: number, to: number): Promise<readonly BatchResult[]> {
  const results: BatchResult[] = [];
  for (let i = from; i < to; i++) {
    const batch = randomBatch(i, sizes[i] ?? batchSize);
    results.push(await engine.trainStep({ batch, learningRate: rates[i] ?? 0, step: i + 1 }));
  }
  return results;
}

/** The tensors that differ by more than rounding explains. */
function differences(expected: TensorMap, found: TensorMap): readonly string[] {
  return [...expected.keys()].filter((name) => !(relativeDifference(expected.get(name), found.get(name)) < 2e-5));
}

const pairs = modelNames.flatMap((name) => processorTargets.map((target) => ({ name, target })));

describe.each(pairs)('both engines train $name alike, the native one in $target', ({ name, target }) => {
  let native: Engine;
  let witness: Engine;
  beforeAll(async () => {
    native = await open(target, name, comparableRecipe(name));
    witness = await open('ort-training', name, comparableRecipe(name));
  }, 60_000);
  afterAll(async () => {
    await native.release();
    await witness.release();
  });

  it('step by step, with dropout, a schedule and a partial batch', async () => {
    const expected = await steps(native, 0, 5);
    const found = await steps(witness, 0, 5);
    found.forEach(({ loss, correct }, i) => {
      expect(Math.abs(loss - (expected[i]?.loss ?? Number.NaN))).toBeLessThan(1e-5);
      expect(correct).toBe(expected[i]?.correct);
    });
    const [a, b] = [await native.state(), await witness.state()];
    expect([...b.keys()].sort()).toEqual([...a.keys()].sort());
    expect(differences(a, b)).toEqual([]);
    for (const [tensor, { data }] of a)
      if (tensor.endsWith('num_batches_tracked')) expect(b.get(tensor)?.data).toEqual(data);
  });

  it('and evaluates alike', async () => {
    await witness.load(await native.state());
    const batches = [randomBatch(10, 7), randomBatch(11, 4)];
    const [expected, found] = [await native.evaluate(batches), await witness.evaluate(batches)];
    expect(found.loss).toBeCloseTo(expected.loss, 5);
    expect(found.accuracy).toBe(expected.accuracy);
  });
});

describe('the ort-training engine', () => {
  const sgd: ResolvedRecipe = {
    ...entryOf('m1').recipe,
    optimizer: { name: 'sgd', lr: 1e-2, momentum: 0.9, weightDecay: 1e-3 },
  };
  let engine: Engine;
  beforeAll(async () => {
    engine = await open('ort-training', 'm1', sgd);
  }, 60_000);
  afterAll(() => engine.release());

  it('trains with sgd, parameter by parameter as native does', async () => {
    const native = await open('portable', 'm1', sgd);
    await steps(native, 0, 3);
    await steps(engine, 0, 3);
    expect(differences(await native.state(), await engine.state())).toEqual([]);
    await native.release();
  });

  it('goes on from a saved state bit for bit, on whichever session', async () => {
    const saved = await engine.state();
    const results = await steps(engine, 3, 5);
    const after = digests(await engine.state());
    await engine.load(saved);
    expect(digests(await engine.state())).toEqual(digests(saved));
    expect(await steps(engine, 3, 5)).toEqual(results);
    expect(digests(await engine.state())).toEqual(after);
  });

  it('steps ten times as far at ten times the rate', async () => {
    const start = await engine.state();
    const length = async (learningRate: number) => {
      await engine.load(start);
      await engine.trainStep({ batch: randomBatch(0, batchSize), learningRate, step: 1 });
      const [before, after] = [start.get('fc2.bias')?.data, (await engine.state()).get('fc2.bias')?.data];
      return Math.abs(Number(after?.[0]) - Number(before?.[0]));
    };
    const [small, large] = [await length(1e-3), await length(1e-2)];
    expect(small).toBeGreaterThan(0);
    expect(large / small).toBeCloseTo(10, 1);
  });

  it('gives a copy of its state, which later steps do not change', async () => {
    const state = await engine.state();
    const before = digests(state);
    await steps(engine, 0, 1);
    expect(digests(state)).toEqual(before);
    expect(digests(await engine.state())).not.toEqual(before);
  });

  it('refuses a state that is not whole, and keeps its own', async () => {
    const before = await engine.state();
    const without = new Map([...before].filter(([name]) => name !== 'fc2.bias'));
    await expect(engine.load(without)).rejects.toThrow("the state lacks 'fc2.bias' (float32[10])");
    const bias = { dtype: 'float32', shape: [9], data: new Float32Array(9) } as const;
    await expect(engine.load(new Map([...before, ['fc2.bias', bias]]))).rejects.toThrow(
      "state 'fc2.bias': expected float32[10], found float32[9]",
    );
    expect(digests(await engine.state())).toEqual(digests(before));
  });

  it('survives a failed step with the state of the last one', async () => {
    const before = digests(await engine.state());
    const { images, labels } = randomBatch(0, batchSize);
    const broken = { index: 0, images: images.subarray(1), labels, count: batchSize };
    await expect(engine.trainStep({ batch: broken, learningRate: 1e-3, step: 1 })).rejects.toThrow(Error);
    expect(digests(await engine.state())).toEqual(before);
    await steps(engine, 0, 1);
  });

  it('computes on the processor only', async () => {
    await expect(deviceFor('ort-training', 'webgpu', { threads: 1 })).rejects.toThrow(UsageError);
    expect((await deviceFor('ort-training', 'auto', { threads: 1 })).device).toBe('cpu');
  });

  it('cannot change its threads within a process', async () => {
    const programs = programsOf('m1', sgd, 'ort-training');
    const creating = createEngine('ort-training', {
      programs,
      batchSize,
      seed: 1,
      session: { device: 'cpu', threads: 2 },
    });
    await expect(creating).rejects.toThrow(AtelierError);
    await expect(creating).rejects.toThrow('runs with 1 threads in this process and cannot change to 2');
  });
});
