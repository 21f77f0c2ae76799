/** The catalogue's networks: names, sizes, taps, summaries. */
import { describe, expect, it } from 'vitest';
import { elementCount } from '../../graphs/ir/types.ts';
import { summarize } from '../../graphs/models/summary.ts';
import { inspect } from '../../graphs/programs/inference.ts';
import oracle from '../fixtures/oracle.json' with { type: 'json' };
import { entryOf, type ModelName, modelNames } from '../models.ts';

const modelOf = (name: ModelName) => entryOf(name).build(entryOf(name).recipe.dropout);
const optionsOf = (name: ModelName) => ({ model: modelOf(name), normalization: entryOf(name).normalization });

/** Layers and taps in their order in the network. */
const taps: Readonly<Record<ModelName, readonly string[]>> = {
  m1: ['conv1', 'relu1', 'conv2', 'relu2', 'pool', 'flatten', 'fc1', 'relu3', 'dropout', 'fc2'],
  m2: [
    ...[0, 1, 2].flatMap((stage) => [
      ...[0, 1, 2].map((layer) => `stages.${stage}.${layer}`),
      `stage${stage + 1}.0`,
      ...[3, 4, 5].map((layer) => `stages.${stage}.${layer}`),
      `stage${stage + 1}.1`,
      ...(stage < 2 ? [6, 7] : [6]).map((layer) => `stages.${stage}.${layer}`),
      `stage${stage + 1}`,
    ]),
    'pool',
    'fc1',
    'relu',
    'dropout',
    'fc2',
  ],
};

describe.each(modelNames)('%s', (name) => {
  const { network } = modelOf(name);

  it("has PyTorch's parameters, by name, in order", () => {
    expect(network.parameters.map((parameter) => parameter.name)).toEqual(Object.keys(oracle.models[name].init_seed42));
    const count = network.parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0);
    expect(count).toBe(oracle.models[name].parameters);
  });

  it("has PyTorch's buffers, by name, in order", () => {
    expect(network.buffers.map((buffer) => buffer.name)).toEqual(
      Object.keys(oracle.models[name].trajectory.buffer_l2_after),
    );
  });

  it('can show every layer', () => {
    const program = inspect(optionsOf(name), taps[name]);
    expect(program.outputs.map((output) => output.name)).toEqual(['logits', ...taps[name]]);
    expect(() => inspect(optionsOf(name), ['conv9'])).toThrow(
      `model ${name} has no layer 'conv9'; it has: ${taps[name].join(', ')}`,
    );
    expect(modelOf(name).figureLayers.filter((layer) => !taps[name].includes(layer))).toEqual([]);
  });

  it('starts the same, whatever its dropout rates', () => {
    expect(
      entryOf(name)
        .build([])
        .network.parameters.map(({ shape }) => shape),
    ).toEqual(network.parameters.map(({ shape }) => shape));
  });
});

describe('summary', () => {
  it('of m1: one line a layer', () => {
    const summary = summarize(modelOf('m1'));
    expect(
      summary.layers.map(({ name, outputShape, parameters, macs }) => [name, outputShape, parameters, macs]),
    ).toEqual([
      // Multiply-adds: output elements × input channels × kernel elements.
      ['conv1', [32, 26, 26], 320, 26 * 26 * 32 * 9],
      ['relu1', [32, 26, 26], 0, 0],
      ['conv2', [64, 24, 24], 18_496, 24 * 24 * 64 * 32 * 9],
      ['relu2', [64, 24, 24], 0, 0],
      ['pool', [64, 12, 12], 0, 0],
      ['flatten', [9216], 0, 0],
      ['fc1', [128], 1_179_776, 9216 * 128],
      ['relu3', [128], 0, 0],
      ['dropout', [128], 0, 0],
      ['fc2', [10], 1290, 1280],
    ]);
    expect(summary).toMatchObject({
      model: 'm1',
      inputShape: [1, 28, 28],
      parameters: 1_199_882,
      buffers: 0,
      macs: 194_688 + 10_616_832 + 1_179_648 + 1280,
    });
  });

  it('of m2: the sums, and a layer of each kind', () => {
    const summary = summarize(modelOf('m2'));
    const layer = (name: string) => summary.layers.find((candidate) => candidate.name === name);
    expect(layer('stages.1.3')).toMatchObject({
      outputShape: [64, 14, 14],
      parameters: 36_864,
      macs: 196 * 64 * 64 * 9,
    });
    expect(layer('stages.2.4')).toMatchObject({ outputShape: [128, 7, 7], parameters: 256, buffers: 257, macs: 0 });
    expect(layer('pool')).toMatchObject({ description: 'AdaptiveAvgPool2d(1), flatten', outputShape: [128] });
    expect(summary).toMatchObject({ parameters: 304_682, buffers: 2 * 448 + 6 });
    const convolutions = [
      784 * 32 * 9,
      784 * 32 * 32 * 9,
      196 * 64 * 32 * 9,
      196 * 64 * 64 * 9,
      49 * 128 * 64 * 9,
      49 * 128 * 128 * 9,
    ];
    expect(summary.macs).toBe(convolutions.reduce((sum, macs) => sum + macs) + 128 * 128 + 1280);
  });
});
