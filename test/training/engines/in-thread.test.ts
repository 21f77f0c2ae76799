/** Engines in a thread of their own: the numbers of those that compute where they are called, and a caller that stays free. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Batch } from '../../../src/data/batches.ts';
import { AtelierError } from '../../../src/errors.ts';
import type { Engine, StepInput } from '../../../src/training/engines/engine.ts';
import type { EngineName } from '../../../src/training/engines/engine-names.ts';
import { createEngineInThread } from '../../../src/training/engines/in-thread.ts';
import { createEngine, type EngineOptions } from '../../../src/training/engines/index.ts';
import { initialState } from '../../../src/training/initialize.ts';
import { entryOf, type ModelName, programsOf } from '../../models.ts';
import { digests, randomBatch } from '../../runtime/ort-training-support.ts';

const timeout = 120_000;
const batchSize = 16;
const seed = 3;

const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.release();
});

interface Setting {
  readonly model?: ModelName;
  readonly size?: number;
  readonly stepsPerCall?: number;
}

async function open(make: typeof createEngineInThread | typeof createEngine, kind: EngineName, setting: Setting = {}) {
  const { model = 'm1', size = batchSize, stepsPerCall } = setting;
  const target = kind === 'native' ? 'portable' : 'ort-training';
  const programs = programsOf(model, entryOf(model).recipe, target);
  const options: EngineOptions = {
    programs,
    batchSize: size,
    seed,
    session: { device: 'cpu', threads: 1 },
    stepsPerCall,
  };
  const engine: Engine = await make(kind, options);
  engines.push(engine);
  await engine.load(initialState(programs.model.network, programs.trainStep(size), seed));
  return engine;
}

/** Steps from `first` on with batches of their own: those of another engine are gone once they are handed over. */
function inputs(first: number, sizes: readonly number[]): readonly StepInput[] {
  return sizes.map((size, i) => ({ batch: randomBatch(first + i, size), learningRate: 1e-3, step: first + i }));
}

async function story(engine: Engine) {
  const start = await engine.state();
  const results = [
    await engine.trainSteps(inputs(1, [16, 16])),
    await engine.trainSteps(inputs(3, [16, 16])),
    [await engine.trainStep({ batch: randomBatch(5, 5), learningRate: 1e-4, step: 5 })],
  ];
  const trained = digests(await engine.state());
  const evaluated = [
    await engine.evaluate([randomBatch(50, 7), randomBatch(51, 4), randomBatch(52, 7), randomBatch(53, 7)]),
    await engine.evaluate([randomBatch(54, 3)]),
  ];
  await engine.load(start);
  const again = await engine.trainSteps(inputs(1, [16, 16]));
  return { facts: [engine.name, engine.target, engine.stepsPerCall], results, trained, evaluated, again };
}

describe.each(['native', 'ort-training'] as const)('the %s engine in a thread', (kind) => {
  it(
    'trains, evaluates, gives and takes its state bit for bit as in the calling thread, dropout included',
    async () => {
      const expected = await story(await open(createEngine, kind, { stepsPerCall: 2 }));
      expect(await story(await open(createEngineInThread, kind, { stepsPerCall: 2 }))).toEqual(expected);
      expect(expected.again).toEqual(expected.results[0]);
    },
    timeout,
  );

  it(
    'refuses what the engine refuses, with its class and words, and goes on',
    async () => {
      const engine = await open(createEngineInThread, kind);
      const before = await engine.state();
      const without = new Map([...before].filter(([name]) => name !== 'fc2.bias'));
      const refused = engine.load(without);
      await expect(refused).rejects.toBeInstanceOf(AtelierError);
      await expect(refused).rejects.toMatchObject({ message: "the state lacks 'fc2.bias' (float32[10])", exitCode: 1 });
      const { images, ...batch } = randomBatch(1, batchSize);
      const broken = { ...batch, images: images.slice(1) };
      await expect(engine.trainStep({ batch: broken, learningRate: 1e-3, step: 1 })).rejects.toThrow(Error);
      expect(digests(await engine.state())).toEqual(digests(before));
      const [first] = await engine.trainSteps(inputs(1, [16]));
      expect(first?.loss).toBeGreaterThan(0);
    },
    timeout,
  );
});

it(
  'timers run in the calling thread while a step is computed; they do not where the step is computed there',
  async () => {
    const ticksDuring = async (engine: Engine) => {
      // The first step is the slowest; what counts is the one after it.
      await engine.trainSteps(inputs(1, [64]));
      let ticks = 0;
      let isOver = false;
      const tick = () => {
        if (isOver) return;
        ticks += 1;
        setTimeout(tick, 1);
      };
      const step = engine.trainSteps(inputs(2, [64]));
      setTimeout(tick, 1);
      await step;
      isOver = true;
      return ticks;
    };
    const setting = { model: 'm2', size: 64 } as const;
    expect(await ticksDuring(await open(createEngineInThread, 'native', setting))).toBeGreaterThan(10);
    expect(await ticksDuring(await open(createEngine, 'native', setting))).toBeLessThan(5);
  },
  timeout,
);

describe('batches', () => {
  it('are handed over whole, and copied where their arrays are parts of others', async () => {
    const engine = await open(createEngineInThread, 'native');
    const [own, twice] = [randomBatch(1, batchSize), randomBatch(2, batchSize)];
    const images = new Uint8Array(twice.images.length + 8);
    images.set(twice.images, 8);
    const part: Batch = { ...twice, images: images.subarray(8) };
    const found = await engine.trainSteps([
      { batch: own, learningRate: 1e-3, step: 1 },
      { batch: part, learningRate: 1e-3, step: 2 },
    ]);
    expect([own.images.length, own.labels.length, part.labels.length]).toEqual([0, 0, 0]);
    expect(images.subarray(8)).toEqual(randomBatch(2, batchSize).images);
    expect(found).toEqual(await (await open(createEngine, 'native')).trainSteps(inputs(1, [16, 16])));
  });

  it('may stand twice in one call', async () => {
    const twice = (batch: Batch) => [1, 2].map((step) => ({ batch, learningRate: 1e-3, step }));
    const expected = await (await open(createEngine, 'native')).trainSteps(twice(randomBatch(1, batchSize)));
    const engine = await open(createEngineInThread, 'native');
    expect(await engine.trainSteps(twice(randomBatch(1, batchSize)))).toEqual(expected);
  });

  it('that fail fail the evaluation with the same error, and the engine goes on', async () => {
    const engine = await open(createEngineInThread, 'native');
    const failure = new Error('the disk is gone');
    function* batches() {
      yield randomBatch(1, 7);
      throw failure;
    }
    await expect(engine.evaluate(batches())).rejects.toBe(failure);
    await expect(engine.evaluate([])).rejects.toThrow('nothing to evaluate');
    expect((await engine.evaluate([randomBatch(1, 7)])).loss).toBeGreaterThan(0);
  });
});

describe('releasing', () => {
  it('waits for the steps that were asked for; afterwards there are no more, and once more does nothing', async () => {
    const engine = await open(createEngineInThread, 'native');
    const steps = engine.trainSteps(inputs(1, [16, 16]));
    await Promise.all([engine.release(), engine.release()]);
    expect(await steps).toHaveLength(2);
    await engine.release();
    await expect(engine.trainSteps(inputs(3, [16]))).rejects.toThrow('has been stopped');
    await expect(engine.state()).rejects.toThrow(AtelierError);
  });
});

it('an engine that cannot be made says why, and leaves no thread', async () => {
  await expect(open(createEngineInThread, 'native', { stepsPerCall: 0 })).rejects.toThrow(
    new AtelierError('internal: steps in a call: a whole number of at least 1 expected, got 0'),
  );
});
