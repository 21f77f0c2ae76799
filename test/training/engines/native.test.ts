import { afterEach, describe, expect, it } from 'vitest';
import { float32 } from '../../../graphs/ir/types.ts';
import { entryOf, type ModelName } from '../../../graphs/models/catalogue.ts';
import { sequentialBatches } from '../../../src/data/batches.ts';
import type { LabelledImages } from '../../../src/data/images.ts';
import { AtelierError } from '../../../src/errors.ts';
import { programsOf } from '../../../src/runtime/programs.ts';
import type { NativeEngine } from '../../../src/training/engines/native.ts';
import { initialState } from '../../../src/training/initialize.ts';
import { numbers } from '../../graphs/ir/fixtures.ts';
import { createEngine, digestsOf, plainRecipe } from '../trajectory.ts';

const timeout = 120_000;

/** Noise with labels; nothing depends on the pictures here. */
function noise(count: number): LabelledImages {
  const images = Uint8Array.from(numbers(count * 784, 5), (number) => (number + 0.5) * 255);
  return { images, labels: Uint8Array.from({ length: count }, (_, i) => (i * 7) % 10), count };
}
const everyImage = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

/** The programs of a model as its recipe has them, and without dropout. */
const programs = {
  m1: {
    plain: programsOf('m1', plainRecipe('m1'), 'portable'),
    dropout: programsOf('m1', entryOf('m1').recipe, 'portable'),
  },
  m2: {
    plain: programsOf('m2', plainRecipe('m2'), 'portable'),
    dropout: programsOf('m2', entryOf('m2').recipe, 'portable'),
  },
};
const engines: NativeEngine[] = [];
async function engineOf(
  name: ModelName,
  size: number,
  kind: 'plain' | 'dropout' = 'plain',
  seed = 42,
): Promise<NativeEngine> {
  const engine = await createEngine(programs[name][kind], seed, size);
  engines.push(engine);
  return engine;
}
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.release();
});

/** Trains on the images in batches and returns what each step found. */
async function steps(engine: NativeEngine, images: LabelledImages, size: number) {
  const results = [];
  for (const batch of sequentialBatches(images, everyImage(images.count), size))
    results.push(await engine.trainStep({ batch, learningRate: 1e-3, step: batch.index + 1 }));
  return results;
}

describe('a training step', () => {
  it(
    'takes a smaller last batch, of the same state',
    async () => {
      const engine = await engineOf('m1', 128);
      const results = await steps(engine, noise(240), 128);
      expect(results).toHaveLength(2);
      for (const { loss, correct } of results) {
        expect(loss).toBeGreaterThan(2);
        expect(loss).toBeLessThan(3);
        expect(Number.isInteger(correct)).toBe(true);
      }
      // The same 112 images alone, on the state that the first batch left.
      const first = await engineOf('m1', 112);
      const other = await engineOf('m1', 128);
      await steps(other, noise(128), 128);
      first.load(other.state());
      const [batch] = [...sequentialBatches(noise(240), everyImage(240).subarray(128), 112)];
      if (!batch) throw new Error('no batch');
      expect(await first.trainStep({ batch, learningRate: 1e-3, step: 2 })).toEqual(results[1]);
      expect(digestsOf(first.state())).toEqual(digestsOf(engine.state()));
    },
    timeout,
  );

  it.each<[ModelName]>([['m1'], ['m2']])(
    'of %s is a function of state, images, step and seed, dropout included',
    async (name) => {
      const images = noise(12);
      const { model, trainStep } = programs[name].dropout;
      const runOf = async (seed: number, weights: number) => {
        const engine = await engineOf(name, 4, 'dropout', seed);
        engine.load(initialState(model.network, trainStep(4), weights));
        return { results: await steps(engine, images, 4), digests: digestsOf(engine.state()) };
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
    const before = digestsOf(engine.state());
    const [batch] = [...sequentialBatches(noise(4), everyImage(4), 4)];
    if (!batch) throw new Error('no batch');
    const broken = { ...batch, images: batch.images.subarray(0, 784) };
    await expect(engine.trainStep({ batch: broken, learningRate: 1e-3, step: 1 })).rejects.toThrow();
    expect(digestsOf(engine.state())).toEqual(before);
  });
});

describe('load', () => {
  it('goes on where another engine stopped', async () => {
    const images = noise(12);
    const [whole, first, second] = [await engineOf('m2', 4), await engineOf('m2', 4), await engineOf('m2', 4)];
    await steps(whole, images, 4);
    const batches = [...sequentialBatches(images, everyImage(12), 4)].length;
    for (const batch of sequentialBatches(images, everyImage(12), 4)) {
      const engine = batch.index < 1 ? first : second;
      if (batch.index === 1) second.load(first.state());
      await engine.trainStep({ batch, learningRate: 1e-3, step: batch.index + 1 });
    }
    expect(batches).toBe(3);
    expect(digestsOf(second.state())).toEqual(digestsOf(whole.state()));
  });

  it('refuses the state of another model, and stays as it is', async () => {
    const [m1, m2] = [await engineOf('m1', 4), await engineOf('m2', 4)];
    const before = digestsOf(m1.state());
    expect(() => m1.load(m2.state())).toThrow(AtelierError);
    expect(() => m1.load(m2.state())).toThrow("the state lacks 'conv1.weight' (float32[32,1,3,3])");
    const bent = new Map([...m1.state(), ['fc2.bias', float32([1, 2, 3])]]);
    bent.set('conv1.bias', float32(new Float32Array(32)));
    expect(() => m1.load(bent)).toThrow("state 'fc2.bias': expected float32[10], found float32[3]");
    expect(digestsOf(m1.state())).toEqual(before);
  });
});

describe('evaluate', () => {
  it('weighs batches by their images, changes nothing, and repeats itself', async () => {
    const engine = await engineOf('m2', 4);
    const images = noise(7);
    const before = digestsOf(engine.state());
    const whole = await engine.evaluate(sequentialBatches(images, everyImage(7), 7));
    const parts = await engine.evaluate(sequentialBatches(images, everyImage(7), 3));
    expect(parts.accuracy).toBe(whole.accuracy);
    expect(parts.loss).toBeCloseTo(whole.loss, 6);
    expect(await engine.evaluate(sequentialBatches(images, everyImage(7), 3))).toEqual(parts);
    expect(digestsOf(engine.state())).toEqual(before);
  });

  it('wants something to evaluate', async () => {
    const engine = await engineOf('m1', 4);
    await expect(engine.evaluate([])).rejects.toThrow('nothing to evaluate');
  });
});
