/** The catalogue's larger networks against torchvision's and timm's (test/fixtures/pytorch/make.py). */
import { describe, expect, it } from 'vitest';
import { distinctLayers } from '../../graphs/export/distinct-layers.ts';
import { elementCount, float32, int64, type Tensor } from '../../graphs/ir/types.ts';
import { catalogue } from '../../graphs/models/catalogue.ts';
import type { ImageShape, ModelDefinition } from '../../graphs/models/model.ts';
import { summarize } from '../../graphs/models/summary.ts';
import { patchSize } from '../../graphs/models/vit-tiny.ts';
import { sgd } from '../../graphs/optim/optimizer.ts';
import { inspect, predict, tapNames } from '../../graphs/programs/inference.ts';
import { trainStep } from '../../graphs/programs/train-step.ts';
import witness from '../fixtures/pytorch/models.json' with { type: 'json' };
import { execute, relativeError } from './execute.ts';
import { filled, noise } from './pytorch-numbers.ts';

function definitionOf(name: string): ModelDefinition {
  const found = catalogue.find((one) => one.name === name);
  if (!found) throw new Error(`no model '${name}'`);
  return found;
}

const square = (channels: number, side: number): ImageShape => ({ channels, height: side, width: side });
const peers = [
  ['resnet18', square(3, 64), witness.resnet18],
  ['mobilenet-v2', square(3, 64), witness['mobilenet-v2']],
  ['vit-tiny', square(1, 28), witness['vit-tiny']],
] as const;

describe.each(peers)('%s', (name, input, peer) => {
  const classes = 5;
  const model = definitionOf(name).build(input, classes, { dropout: [0] });
  const { network } = model;

  it('has as many parameters as its model on 1000 classes and 224 pixels', () => {
    expect(summarize(definitionOf(name).build(square(3, 224), 1000)).parameters).toBe(witness.parameters[name]);
  });

  it('has its names and shapes', () => {
    const names: Readonly<Record<string, readonly number[]>> = peer.names;
    const found = [...network.parameters, ...network.buffers].map((spec) => [spec.name, spec.shape] as const);
    expect(Object.fromEntries(found)).toEqual(names);
  });

  it('computes its logits, its loss and its gradients', async () => {
    const normalization = {
      mean: input.channels === 1 ? [0.5] : [0.5, 0.5, 0.5],
      std: Array(input.channels).fill(0.25),
    };
    const shape = [2, input.channels, input.height, input.width];
    const data = Uint8Array.from(noise(elementCount(shape), 11), (value) => Math.floor((value + 0.5) * 255));
    const weights = [...network.parameters, ...network.buffers].map((spec): [string, Tensor] => [
      spec.name,
      'dtype' in spec && spec.dtype === 'int64' ? int64([0], []) : filled(spec.name, spec.shape),
    ]);
    const images: Tensor = { dtype: 'uint8', shape, data };
    const needed = (names: readonly { readonly name: string }[]) =>
      Object.fromEntries(weights.filter(([of]) => names.some((one) => one.name === of)));

    const forward = predict({ model, normalization });
    const { logits } = await execute(forward.graph, { ...needed(forward.state), images });
    expect(relativeError(logits, peer.logits)).toBeLessThan(1e-4);

    const step = trainStep({ model, normalization, optimizer: sgd(), batchSize: 2, withGradients: true });
    const found = await execute(step.graph, {
      ...needed(step.state),
      images,
      labels: int64([1, 3]),
      learning_rate: float32([0]),
      step: int64([1]),
    });
    expect(Math.abs((found['loss']?.[0] ?? Number.NaN) - peer.loss)).toBeLessThan(1e-4);
    const norms: Readonly<Record<string, number>> = peer.norms;
    const largest = Math.max(...Object.values(norms));
    for (const [of, norm] of Object.entries(norms)) {
      const own = Math.sqrt((found[`${of}_grad`] ?? [Number.NaN]).reduce((sum, value) => sum + value * value, 0));
      expect(Math.abs(own - norm), of).toBeLessThan(2e-3 * norm + 1e-6 * largest);
    }
  });
});

it.each(catalogue.map(({ name }) => name))('%s shows all its layers in one program', (name) => {
  const options = {
    model: definitionOf(name).build(square(3, 32), 3),
    normalization: { mean: [0, 0, 0], std: [1, 1, 1] },
  };
  const names = tapNames(options);
  expect(names.length).toBeGreaterThan(3);
  expect(inspect(options, names).outputs.map((output) => output.name)).toEqual(['logits', ...names]);
  // So does a page, whose graph has the parameters' names for constants.
  const parameters = new Set(options.model.network.parameters.map((parameter) => parameter.name));
  expect(distinctLayers(options.model).filter(({ output }) => parameters.has(output))).toEqual([]);
});

it('vit-tiny cuts images of any size into patches', () => {
  const sizes = [28, 32, 64, 96, 224, 29, 5].map((side) => patchSize(square(1, side)));
  expect(sizes).toEqual([4, 4, 8, 12, 16, 4, 1]);
});

it('resnet18 takes small images by a stem of 3 and a pool of 2', () => {
  const { layers, parameters } = summarize(definitionOf('resnet18').build(square(1, 28), 10));
  const shapeOf = (name: string) => layers.find((layer) => layer.name === name)?.outputShape;
  expect(['conv1', 'maxpool', 'layer1.1.add', 'layer2.1.relu2', 'layer4.1.add', 'fc'].map(shapeOf)).toEqual([
    [64, 28, 28],
    [64, 14, 14],
    [64, 14, 14],
    [128, 7, 7],
    [512, 2, 2],
    [10],
  ]);
  // Of torchvision's: another first kernel, one channel, ten classes.
  expect(parameters).toBe(witness.parameters.resnet18 - 64 * 3 * 49 + 64 * 9 - 513 * 990);
});

it.each([
  // Counted by hand: convolutions with bias, batch normalization, linear layers.
  ['simple-cnn', 32 * 26 + 64 + 64 * 289 + 128 + 4097 * 4096 + 4097 * 10],
  ['mini-cnn', 16 * 10 + 32 * 145 + 64 * 1569 + 10 * 65],
  ['tiny-vgg', 32 * 10 + 3 * 32 * 289 + 10 * 1569],
  [
    'resnet9',
    9 * (64 + 64 * 128 + 2 * 128 * 128 + 128 * 256 + 256 * 512 + 2 * 512 * 512) +
      2 * (64 + 128 + 2 * 128 + 256 + 512 + 2 * 512) +
      513 * 10,
  ],
] as const)('%s of 28 x 28 pixels and 10 classes has its parameters', (name, count) => {
  expect(summarize(definitionOf(name).build(square(1, 28), 10)).parameters).toBe(count);
});
