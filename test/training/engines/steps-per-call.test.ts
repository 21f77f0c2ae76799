/** Steps that share a call of the runtime: not a bit may differ from as many calls of one step each. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TargetName } from '../../../graphs/targets/compile.ts';
import { devices } from '../../../src/runtime/device-names.ts';
import { Session } from '../../../src/runtime/session.ts';
import type { Engine, StepInput } from '../../../src/training/engines/engine.ts';
import { createEngine, usualStepsPerCall } from '../../../src/training/engines/index.ts';
import { NativeEngine } from '../../../src/training/engines/native.ts';
import { type Together, togetherOn } from '../../../src/training/engines/together.ts';
import { initialState } from '../../../src/training/initialize.ts';
import { processorTargets } from '../../graphs/processor-targets.ts';
import { entryOf, type ModelName, modelNames, programsOf } from '../../models.ts';
import { digests, randomBatch } from '../../runtime/ort-training-support.ts';

const timeout = 120_000;
/** Blocks of 16 images are full of it; a batch of another size has a remainder. */
const batchSize = 16;
const seed = 3;

const engines: Engine[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const engine of engines.splice(0)) await engine.release();
});

async function open(
  name: ModelName,
  target: TargetName,
  stepsPerCall?: number,
  together?: Together,
): Promise<NativeEngine> {
  const programs = programsOf(name, entryOf(name).recipe, target);
  const session = { device: 'cpu', threads: 1 } as const;
  const { trainStep, evalStep } = programs;
  const options = { trainStep, evalStep, target, batchSize, seed, session, stepsPerCall, together };
  const engine = await NativeEngine.create(options);
  engines.push(engine);
  await engine.load(initialState(programs.model.network, programs.trainStep(batchSize), seed));
  return engine;
}

/** Steps from `first` on, each with images of its own and another learning rate. */
const inputs = (first: number, sizes: readonly number[]): readonly StepInput[] =>
  sizes.map((size, i) => ({
    batch: randomBatch(first + i, size),
    learningRate: [1e-3, 5e-4, 2e-3, 1e-4][(first + i) % 4] ?? 0,
    step: first + i,
  }));
const usual = (first: number, count: number) => inputs(first, Array<number>(count).fill(batchSize));

async function oneCallEach(engine: Engine, steps: readonly StepInput[]) {
  const results = [];
  for (const step of steps) results.push(await engine.trainStep(step));
  return { results, state: digests(await engine.state()) };
}

async function inOneCall(engine: Engine, steps: readonly StepInput[]) {
  return { results: await engine.trainSteps(steps), state: digests(await engine.state()) };
}

const each = processorTargets.flatMap((target) => modelNames.map((name) => [name, target] as const));

describe.each(each)('%s in %s', (name, target) => {
  /** Two times three steps: one by one, and three to a call. */
  const compared = async (together: Together) => {
    const [single, grouped] = [await open(name, target), await open(name, target, 3, together)];
    expect([single.stepsPerCall, grouped.stepsPerCall]).toEqual([1, 3]);
    const before = digests(await single.state());
    const first = await oneCallEach(single, usual(1, 3));
    const second = await oneCallEach(single, usual(4, 3));
    const calls = vi.spyOn(Session.prototype, 'run');
    expect(await inOneCall(grouped, usual(1, 3))).toEqual(first);
    expect(await inOneCall(grouped, usual(4, 3))).toEqual(second);
    // The steps did something, each something else.
    expect(Object.keys(before).filter((key) => before[key] === first.state[key])).toEqual([]);
    expect(new Set([...first.results, ...second.results].map(({ loss }) => loss)).size).toBe(6);
    return calls;
  };

  it(
    'ends each call of three steps, dropout included, where single steps end, as the turns of a Scan',
    async () => {
      expect(entryOf(name).recipe.dropout.length).toBeGreaterThan(0);
      expect(await compared('scan')).toHaveBeenCalledTimes(2);
    },
    timeout,
  );

  it(
    'does so written out in one graph, which is compiled for the second group',
    async () => {
      expect(await compared('unrolled')).toHaveBeenCalledTimes(3 + 1);
    },
    timeout,
  );

  it.each<[Together, number]>([
    // Too few, too many (in two), of another size (each by itself), whole ones.
    ['scan', 1 + 2 + 2 + 2 + 1 + 1],
    // Only a whole group, and not the first.
    ['unrolled', 1 + 3 + 2 + 2 + 2 + 1],
  ])(
    'makes groups of any number and any size of batches (%s)',
    async (together, runs) => {
      const [single, grouped] = [await open(name, target), await open(name, target, 2, together)];
      const groups = [
        usual(1, 1),
        usual(2, 3),
        inputs(5, [batchSize, 5]),
        inputs(7, [5, 5]),
        usual(9, 2),
        usual(11, 2),
      ];
      const expected = [];
      for (const group of groups) expected.push(await oneCallEach(single, group));
      const calls = vi.spyOn(Session.prototype, 'run');
      for (const [i, group] of groups.entries()) expect(await inOneCall(grouped, group)).toEqual(expected[i]);
      expect(calls).toHaveBeenCalledTimes(runs);
      expect(await inOneCall(grouped, [])).toMatchObject({ results: [] });
    },
    timeout,
  );
});

describe('a call of several steps', () => {
  it('gives each step its own rate, number and images', async () => {
    const steps = usual(1, 2);
    const [first, second] = steps;
    if (!first || !second) throw new Error('no steps');
    const start = await (await open('m1', 'portable')).state();
    const engine = await open('m1', 'portable', 2);
    const expected = await inOneCall(engine, steps);
    const changed: readonly (readonly StepInput[])[] = [
      [{ ...first, learningRate: 3e-3 }, second],
      [first, { ...second, learningRate: 3e-3 }],
      [{ ...first, step: 7 }, second],
      [first, { ...second, step: 7 }],
      [{ ...first, batch: second.batch }, second],
      [first, { ...second, batch: first.batch }],
    ];
    for (const other of changed) {
      await engine.load(start);
      expect((await inOneCall(engine, other)).state).not.toEqual(expected.state);
    }
    await engine.load(start);
    expect(await inOneCall(engine, steps)).toEqual(expected);
  });

  it('leaves the state alone where it fails', async () => {
    const engine = await open('m1', 'portable', 2);
    const { state: before } = await inOneCall(engine, usual(1, 2));
    const [first, second] = usual(3, 2);
    if (!first || !second) throw new Error('no steps');
    const short = { ...second, batch: { ...second.batch, images: second.batch.images.subarray(0, 784) } };
    await expect(engine.trainSteps([first, short])).rejects.toThrow();
    expect(digests(await engine.state())).toEqual(before);
    const single = await open('m1', 'portable');
    await oneCallEach(single, usual(1, 2));
    expect(await inOneCall(engine, [first, second])).toEqual(await oneCallEach(single, [first, second]));
  });

  it('evaluates and hands out the state that its last step left', async () => {
    const [single, grouped] = [await open('m2', 'portable'), await open('m2', 'portable', 2)];
    await oneCallEach(single, usual(1, 4));
    await inOneCall(grouped, usual(1, 2));
    await inOneCall(grouped, usual(3, 2));
    const batches = () => [randomBatch(50, 7), randomBatch(51, 4)];
    expect(await grouped.evaluate(batches())).toEqual(await single.evaluate(batches()));
    const other = await open('m2', 'portable', 2);
    await other.load(await grouped.state());
    expect(await inOneCall(other, usual(5, 2))).toEqual(await oneCallEach(single, usual(5, 2)));
  });
});

describe('createEngine', () => {
  it.each([0, 2.5, -1])('refuses %s steps in a call', async (count) => {
    await expect(open('m1', 'portable', count)).rejects.toThrow(/at least 1 expected, got/);
  });

  it('takes turns of a Scan on the processor alone', () => {
    expect(devices.map((device) => [device, togetherOn({ device })])).toEqual(
      devices.map((device) => [device, device === 'cpu' ? 'scan' : 'unrolled']),
    );
  });

  it('makes single steps where nothing is said, and as many as are usual somewhere', async () => {
    expect((await open('m1', 'portable')).stepsPerCall).toBe(1);
    for (const device of devices) expect(usualStepsPerCall[device]).toBeGreaterThanOrEqual(2);
    // Moving the state to a GPU and back costs more than copying it.
    expect(usualStepsPerCall.cuda).toBe(8);
  });

  it('gives the ort-training engine single steps, whatever is asked for', async () => {
    const programs = programsOf('m1', entryOf('m1').recipe, 'ort-training');
    const session = { device: 'cpu', threads: 1 } as const;
    const engine = await createEngine('ort-training', { programs, batchSize, seed, session, stepsPerCall: 4 });
    engines.push(engine);
    await engine.load(initialState(programs.model.network, programs.trainStep(batchSize), seed));
    expect(engine.stepsPerCall).toBe(1);
    const start = await engine.state();
    const found = await inOneCall(engine, usual(1, 2));
    await engine.load(start);
    expect(found).toEqual(await oneCallEach(engine, usual(1, 2)));
  });
});
