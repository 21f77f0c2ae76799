/** The library as a program uses it: models and data of its own, runs that it evaluates again. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createContext,
  datasetInMemory,
  defineModel,
  evaluate,
  imagesInMemory,
  layers,
  loadData,
  loadModel,
  predict,
  summary,
  train,
  UsageError,
} from '../src/index.ts';
import { sha256, workFolder } from './cli/folders.ts';

const work = workFolder();
const shape = { channels: 2, height: 6, width: 8 };
const classes = ['dark', 'light', 'striped'];

/** Three kinds of pictures that are told apart by a glance. */
function pictures(count: number) {
  const area = shape.height * shape.width;
  const images = Uint8Array.from({ length: count * shape.channels * area }, (_, i) => {
    const kind = Math.floor(i / (shape.channels * area)) % 3;
    const noise = (i * 37) % 23;
    return kind === 0 ? 20 + noise : kind === 1 ? 220 + noise : i % 2 === 0 ? 20 + noise : 220 + noise;
  });
  return imagesInMemory(
    shape,
    images,
    Array.from({ length: count }, (_, i) => i % 3),
  );
}
const data = datasetInMemory(
  { name: 'kinds', title: 'Kinds', classes, fingerprint: 'f'.repeat(64) },
  { train: pictures(60), test: pictures(12) },
);

const tiny = defineModel({
  name: 'tiny',
  title: 'one convolution',
  dropout: [],
  build: (input, count) => ({
    name: 'tiny',
    input,
    classes: count,
    figureLayers: ['conv'],
    network: layers.sequential('tiny', [
      layers.conv2d('conv', input.channels, 8, 3, { padding: 1 }),
      layers.relu('relu'),
      layers.globalAveragePool2d('pool'),
      layers.linear('fc', 8, count),
    ]),
  }),
});
const context = createContext({ models: [tiny], datasets: [data] });

describe('the library', () => {
  it('trains a model on data, both its own, and evaluates the run by its names', async () => {
    const seen: number[] = [];
    const run = join(work, 'run');
    const trained = await train({
      model: tiny,
      data,
      recipe: { epochs: 3, batchSize: 9, optimizer: { lr: 0.02 } },
      run,
      threads: 1,
      observer: { epoch: ({ epoch }) => void seen.push(epoch) },
    });
    expect(trained).toMatchObject({ run, ending: 'finished', epochs: 3, steps: 3 * 6 });
    expect(seen).toEqual([1, 2, 3]);
    expect(trained.history.map(({ epoch }) => epoch)).toEqual(seen);

    const { metrics } = await evaluate(run, { context, threads: 1 });
    expect(metrics.classes.map(({ name }) => name)).toEqual(classes);
    expect(metrics.accuracy).toBeGreaterThan(0.9);
    const { predictions } = await predict(run, [0, 1], { context, threads: 1 });
    expect(predictions.map(({ truth }) => truth)).toEqual(['dark', 'light']);
    // The run keeps its network; of the data it keeps the name.
    const withData = createContext({ datasets: [data] });
    expect((await evaluate(run, { context: withData, threads: 1 })).metrics).toEqual(metrics);
    await expect(evaluate(run)).rejects.toThrow("unknown data set 'kinds'");
  });

  it('goes on with a run to the same bytes, and says what a run is not', async () => {
    const recipe = { epochs: 2, batchSize: 9, schedule: { name: 'constant' } } as const;
    const [whole, parts] = [join(work, 'whole'), join(work, 'parts')];
    await train({ model: tiny, data, recipe, run: whole, threads: 1 });
    await train({ model: tiny, data, recipe: { ...recipe, epochs: 1 }, run: parts, threads: 1 });
    const more = await train({ model: tiny, data, recipe: { epochs: 2 }, run: parts, resume: true, threads: 1 });
    expect(more.epochs).toBe(2);
    const last = (run: string) => sha256(join(run, 'checkpoints', 'last.safetensors'));
    expect(last(parts)).toBe(last(whole));
    await expect(train({ model: 'm1', data, run: parts, threads: 1 })).rejects.toThrow(UsageError);
  });

  it('stops where it is told to, with the state saved', async () => {
    const controller = new AbortController();
    const run = join(work, 'stopped');
    const observer = { step: () => controller.abort() };
    const options = { model: tiny, data, recipe: { epochs: 5, batchSize: 10 }, run, threads: 1 } as const;
    await expect(train({ ...options, observer, signal: controller.signal })).rejects.toThrow('the state is saved');
    expect((await train({ ...options, resume: true })).ending).toBe('finished');
  });

  it('refuses images that a model is not made for, with the way out', async () => {
    const wide = defineModel(({ input }) => layers.conv2d('conv', input.channels, 3, 9), { name: 'wide' });
    const attempt = train({ model: wide, data, run: join(work, 'odd'), threads: 1, recipe: { epochs: 1 } });
    await expect(attempt).rejects.toThrow('model wide cannot be trained on 2 x 6 x 8 images: ');
    await expect(attempt).rejects.toThrow(UsageError);
  });

  it('knows models and data sets by name', async () => {
    const named = await loadData('fashion-mnist');
    expect(named.counts).toEqual({ train: 60_000, test: 10_000 });
    expect((await summary('m1', named)).parameters).toBe(1_199_882);
    expect((await summary(tiny, data)).layers.map(({ name }) => name)).toEqual(['conv', 'relu', 'pool', 'fc']);
    expect(loadModel('m2').dropout).toHaveLength(4);
    expect(() => loadModel('m3')).toThrow(UsageError);
    await expect(loadData('fashion')).rejects.toThrow(UsageError);
  });
});
