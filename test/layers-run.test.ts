/** Runs of networks that have every kind of layer: resumed, evaluated again, in each form of the graphs. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createContext, datasetInMemory, defineModel, evaluate, imagesInMemory, layers, train } from '../src/index.ts';
import { sha256, workFolder } from './cli/folders.ts';

const work = workFolder();
const shape = { channels: 1, height: 9, width: 8 };
const classes = ['upper', 'lower'];

/** Pictures that are light in their upper or in their lower half. */
function pictures(count: number) {
  const area = shape.height * shape.width;
  const pixels = Uint8Array.from({ length: count * area }, (_, i) => {
    const isUpper = i % area < area / 2;
    const isLight = Math.floor(i / area) % 2 === (isUpper ? 0 : 1);
    return (isLight ? 190 : 20) + ((i * 37) % 41);
  });
  return imagesInMemory(
    shape,
    pixels,
    Array.from({ length: count }, (_, i) => i % 2),
  );
}
const data = datasetInMemory(
  { name: 'halves', title: 'Halves', classes, fingerprint: 'e'.repeat(64) },
  { train: pictures(48), test: pictures(12) },
);

const l = layers;
const model = defineModel(
  ({ input, classes: count, dropout: [ratio = 0] }) =>
    l.sequential('all', [
      l.conv2d('stem', input.channels, 8, 3, { stride: [2, 1], padding: [1, 0, 0, 1], bias: false }),
      l.batchNorm2d('stem_norm', 8),
      l.hardswish('stem_act'),
      l.residual(
        'block',
        [
          l.conv2d('block.depthwise', 8, 8, 3, { padding: 1, groups: 8 }),
          l.groupNorm('block.norm', 2, 8),
          l.silu('block.act'),
          l.dropout2d('block.drop', ratio),
          l.conv2d('block.wide', 8, 16, 3, { padding: 2, dilation: 2 }),
          l.stochasticDepth('block.depth', 0.25),
        ],
        [l.conv2d('block.shortcut', 8, 16, 1)],
      ),
      l.concatenate('pools', [
        [l.maxPool2d('pools.max', 3, { stride: 2, padding: 1, ceilMode: true }), l.leakyRelu('pools.leaky')],
        [l.averagePool2d('pools.mean', 3, { stride: 2, padding: 1, ceilMode: true }), l.elu('pools.elu')],
      ]),
      l.convTranspose2d('up', 32, 8, 2, { stride: 2 }),
      l.relu6('up_act'),
      l.imageToTokens('tokens'),
      l.classToken('cls', 8),
      l.positionEmbedding('positions', 49, 8),
      l.residual('mix', [l.layerNorm('mix.norm', 8), l.multiheadAttention('mix.attention', 8, 2, { dropout: 0.1 })]),
      l.sinusoidalEmbedding('waves'),
      l.gelu('act', 'tanh'),
      l.selectToken('select'),
      l.linear('head', 8, count),
    ]),
  { name: 'all', dropout: [0.2] },
);

it.each(['portable', 'cpu-nchwc'] as const)('a resumed run has the same bytes: %s', async (target) => {
  const recipe = { epochs: 2, batchSize: 8, schedule: { name: 'constant' } } as const;
  const [whole, parts] = ['whole', 'parts'].map((name) => join(work, `${name}-${target}`));
  const common = { model, data, threads: 1, target } as const;
  await train({ ...common, recipe, run: whole });
  await train({ ...common, recipe: { ...recipe, epochs: 1 }, run: parts });
  await train({ ...common, recipe: { epochs: 2 }, run: parts, resume: true });
  const last = (run: string) => sha256(join(run, 'checkpoints', 'last.safetensors'));
  expect(last(parts ?? '')).toBe(last(whole ?? ''));
});

it('learns, and is evaluated again from its folder', async () => {
  const recipe = { epochs: 12, batchSize: 8, optimizer: { name: 'adam', lr: 1e-2 } } as const;
  const run = join(work, 'learned');
  await train({ model, data, recipe, run, threads: 1 });
  const { metrics } = await evaluate(run, { context: createContext({ datasets: [data] }), threads: 1 });
  expect(metrics.accuracy).toBeGreaterThan(0.9);
});
