import { afterEach, describe, expect, it } from 'vitest';
import { float32 } from '../../../graphs/ir/types.ts';
import type { TargetName } from '../../../graphs/targets/compile.ts';
import { sequentialBatches } from '../../../src/data/batches.ts';
import { imagesInMemory, type LabelledImages } from '../../../src/data/images.ts';
import { AtelierError } from '../../../src/errors.ts';
import type { NativeEngine } from '../../../src/training/engines/native.ts';
import { initialState } from '../../../src/training/initialize.ts';
import { allBatches } from '../../data/all-batches.ts';
import { numbers } from '../../graphs/ir/fixtures.ts';
import { describeBlocked, processorTargets } from '../../graphs/processor-targets.ts';
import { entryOf, imageShape, type ModelName, modelNames, programsOf } from '../../models.ts';
import { createEngine, digestsOf, norm, numbersOf, plainRecipe, relativeDifference } from '../trajectory.ts';

const timeout = 120_000;

/** Noise with labels; nothing depends on the pictures here. */
function noise(count: number): LabelledImages {
  const images = Uint8Array.from(numbers(count * 784, 5), (number) => (number + 0.5) * 255);
  return imagesInMemory(
    imageShape,
    images,
    Uint8Array.from({ length: count }, (_, i) => (i * 7) % 10),
  );
}
const everyImage = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

/** The programs of a model as its recipe has them, or without dropout. */
const programs = (name: ModelName, kind: 'plain' | 'dropout', target: TargetName) =>
  programsOf(name, kind === 'plain' ? plainRecipe(name) : entryOf(name).recipe, target);

interface Setting {
  readonly target?: TargetName;
  readonly kind?: 'plain' | 'dropout';
  readonly seed?: number;
  readonly threads?: number;
}

const engines: NativeEngine[] = [];
async function engineOf(name: ModelName, size: number, setting: Setting = {}): Promise<NativeEngine> {
  const { target = 'portable', kind = 'plain', seed = 42, threads = 1 } = setting;
  const engine = await createEngine(programs(name, kind, target), seed, size, threads);
  engines.push(engine);
  return engine;
}
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.release();
});

/** Trains on the images in batches and returns what each step found. */
async function steps(engine: NativeEngine, images: LabelledImages, size: number) {
  const results = [];
  for await (const batch of sequentialBatches(images, everyImage(images.count), size))
    results.push(await engine.trainStep({ batch, learningRate: 1e-3, step: batch.index + 1 }));
  return results;
}

const each = processorTargets.flatMap((target) => modelNames.map((name) => [name, target] as const));

describe('a training step', () => {
  it.each(processorTargets)(
    'takes a smaller last batch, of the same state, in %s',
    async (target) => {
      const engine = await engineOf('m1', 128, { target });
      const results = await steps(engine, noise(240), 128);
      expect(results).toHaveLength(2);
      for (const { loss, correct } of results) {
        expect(loss).toBeGreaterThan(2);
        expect(loss).toBeLessThan(3);
        expect(Number.isInteger(correct)).toBe(true);
      }
      // The same 112 images alone, on the state that the first batch left.
      const first = await engineOf('m1', 112, { target });
      const other = await engineOf('m1', 128, { target });
      await steps(other, noise(128), 128);
      await first.load(await other.state());
      const [batch] = await allBatches(sequentialBatches(noise(240), everyImage(240).subarray(128), 112));
      if (!batch) throw new Error('no batch');
      expect(await first.trainStep({ batch, learningRate: 1e-3, step: 2 })).toEqual(results[1]);
      expect(digestsOf(await first.state())).toEqual(digestsOf(await engine.state()));
    },
    timeout,
  );

  it.each(each)(
    'of %s is a function of state, images, step and seed, dropout included, in %s',
    async (name, target) => {
      const images = noise(12);
      const { model, trainStep } = programs(name, 'dropout', target);
      const runOf = async (seed: number, weights: number) => {
        const engine = await engineOf(name, 4, { target, kind: 'dropout', seed });
        await engine.load(initialState(model.network, trainStep(4), weights));
        return { results: await steps(engine, images, 4), digests: digestsOf(await engine.state()) };
      };
      const run = await runOf(42, 42);
      expect(await runOf(42, 42)).toEqual(run);
      // The same weights under other masks, and other weights under the same masks.
      expect((await runOf(43, 42)).results).not.toEqual(run.results);
      expect((await runOf(42, 43)).results).not.toEqual(run.results);
    },
    timeout,
  );

  it('counts what the network says of its images before the step', async () => {
    const engine = await engineOf('m1', 16);
    const images = noise(16);
    const { loss, accuracy } = await engine.evaluate(sequentialBatches(images, everyImage(16), 5));
    const [result] = await steps(engine, images, 16);
    expect(result?.correct).toBe(Math.round(accuracy * 16));
    expect(result?.loss).toBeCloseTo(loss, 5);
  });

  it('leaves the state alone where it fails', async () => {
    const engine = await engineOf('m1', 4);
    const before = digestsOf(await engine.state());
    const [batch] = await allBatches(sequentialBatches(noise(4), everyImage(4), 4));
    if (!batch) throw new Error('no batch');
    const broken = { ...batch, images: batch.images.subarray(0, 784) };
    await expect(engine.trainStep({ batch: broken, learningRate: 1e-3, step: 1 })).rejects.toThrow();
    expect(digestsOf(await engine.state())).toEqual(before);
  });
});

describe('load', () => {
  it.each(each)(
    'goes on where another engine stopped: %s in %s',
    async (name, target) => {
      // The last batch is smaller, and fills no blocks.
      const images = noise(36);
      const open = () => engineOf(name, 16, { target, kind: 'dropout' });
      const [whole, first, second] = [await open(), await open(), await open()];
      await steps(whole, images, 16);
      const batches = (await allBatches(sequentialBatches(images, everyImage(36), 16))).length;
      for await (const batch of sequentialBatches(images, everyImage(36), 16)) {
        const engine = batch.index < 1 ? first : second;
        if (batch.index === 1) second.load(await first.state());
        await engine.trainStep({ batch, learningRate: 1e-3, step: batch.index + 1 });
      }
      expect(batches).toBe(3);
      expect(digestsOf(await second.state())).toEqual(digestsOf(await whole.state()));
    },
    timeout,
  );

  it('refuses the state of another model, and stays as it is', async () => {
    const [m1, m2] = [await engineOf('m1', 4), await engineOf('m2', 4)];
    const before = digestsOf(await m1.state());
    await expect(m1.load(await m2.state())).rejects.toThrow(AtelierError);
    await expect(m1.load(await m2.state())).rejects.toThrow("the state lacks 'conv1.weight' (float32[32,1,3,3])");
    const bent = new Map([...(await m1.state()), ['fc2.bias', float32([1, 2, 3])]]);
    bent.set('conv1.bias', float32(new Float32Array(32)));
    await expect(m1.load(bent)).rejects.toThrow("state 'fc2.bias': expected float32[10], found float32[3]");
    expect(digestsOf(await m1.state())).toEqual(before);
  });
});

/**
 * How far the states of two targets may lie apart after a step, relative to a tensor's norm. In Model 2 a ReLU whose input is
 * zero but for rounding opens in one of them now and then, which was seen to move a gradient by 6e-3 in a batch of 5; the
 * other differences are below 3e-5. Later steps multiply them (see trajectory.test.ts), so that only their losses are compared,
 * in Model 2 the more loosely: 2.4e-4 was seen in the third.
 */
const apart = {
  m1: { state: 2e-5, losses: 1e-4 },
  m2: { state: 2e-2, losses: 1e-3 },
} as const satisfies Readonly<Record<ModelName, unknown>>;

describeBlocked((block) => {
  // 12 images fill no blocks, nor does the last batch.
  it.each(modelNames.flatMap((name) => [16, 12].map((size) => [name, size] as const)))(
    'trains %s as portable does, in batches of %i',
    async (name, size) => {
      const images = noise(2 * size + 5);
      const runOf = async (target: TargetName) => {
        const engine = await engineOf(name, size, { target, kind: 'dropout' });
        const [batch] = await allBatches(sequentialBatches(images, everyImage(size), size));
        if (!batch) throw new Error('no batch');
        const start = await engine.state();
        await engine.trainStep({ batch, learningRate: 1e-3, step: 1 });
        const state = await engine.state();
        await engine.load(start);
        return { results: await steps(engine, images, size), state };
      };
      const [expected, found] = [await runOf('portable'), await runOf(`cpu-nchwc${block}`)];
      expect(found.results).toHaveLength(3);
      found.results.forEach(({ loss, correct }, i) => {
        expect(relativeDifference(loss, expected.results[i]?.loss ?? Number.NaN)).toBeLessThan(apart[name].losses);
        expect(correct).toBe(expected.results[i]?.correct);
      });
      expect([...found.state.keys()]).toEqual([...expected.state.keys()]);
      for (const [key, tensor] of found.state) {
        // Adam's first step goes by the sign of a gradient, however small: its moments say how far the gradients lie apart.
        if (!key.startsWith('optimizer.') && !key.includes('.running_')) continue;
        const wanted = expected.state.get(key);
        const [a, b] = [numbersOf(tensor), numbersOf(wanted)];
        expect(a, key).toHaveLength(b.length);
        const difference = Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] ?? Number.NaN)) ** 2, 0));
        expect(difference, key).toBeLessThanOrEqual(apart[name].state * norm(wanted));
      }
    },
    timeout,
  );
});

describe('evaluate', () => {
  it('weighs batches by their images, changes nothing, and repeats itself', async () => {
    const engine = await engineOf('m2', 4);
    const images = noise(7);
    const before = digestsOf(await engine.state());
    const whole = await engine.evaluate(sequentialBatches(images, everyImage(7), 7));
    const parts = await engine.evaluate(sequentialBatches(images, everyImage(7), 3));
    expect(parts.accuracy).toBe(whole.accuracy);
    expect(parts.loss).toBeCloseTo(whole.loss, 6);
    expect(await engine.evaluate(sequentialBatches(images, everyImage(7), 3))).toEqual(parts);
    expect(digestsOf(await engine.state())).toEqual(before);
  });

  it('wants something to evaluate', async () => {
    const engine = await engineOf('m1', 4);
    await expect(engine.evaluate([])).rejects.toThrow('nothing to evaluate');
  });
});
