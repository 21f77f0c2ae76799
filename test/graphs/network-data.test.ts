/** A network as data computes what the network computes; what is another network is told apart; what is none is refused. */
import { describe, expect, it } from 'vitest';
import { printGraph } from '../../graphs/ir/print.ts';
import { checkModel } from '../../graphs/models/check-model.ts';
import { type BuildNetwork, defineModel } from '../../graphs/models/define-model.ts';
import { modelOfData, type NetworkData, networkData } from '../../graphs/models/network-data.ts';
import { networkDifference } from '../../graphs/models/network-difference.ts';
import { summarize } from '../../graphs/models/summary.ts';
import {
  batchNorm2d,
  conv2d,
  dropout,
  flatten,
  globalAveragePool2d,
  linear,
  relu,
  sequential,
} from '../../graphs/nn/layers.ts';
import type { Module } from '../../graphs/nn/module.ts';
import { optimizerOf } from '../../graphs/optim/from-recipe.ts';
import { evalStep, inspect, predict, tapNames } from '../../graphs/programs/inference.ts';
import { trainStep } from '../../graphs/programs/train-step.ts';
import { defaultRecipe } from '../../src/recipe/defaults.ts';
import { entryOf, modelNames } from '../models.ts';

const input = { channels: 1, height: 8, width: 8 };
const normalization = { mean: [0.3], std: [0.4] };
const built = (network: BuildNetwork) => defineModel(network, { name: 'own' }).build(input, 3);

/** A module that no layer of the library is. */
const scaled: Module = {
  name: 'scaled',
  description: 'x / 2 + 1',
  parameters: [],
  buffers: [],
  children: [],
  forward: (f, x) => f.b.add(f.b.mul(x, f.b.scalar(0.5)), f.b.scalar(1)),
};
const small = (width = 4, ratio = 0.1, more: readonly Module[] = []) =>
  built(({ classes }) =>
    sequential('own', [
      conv2d('conv', 1, width, 3),
      batchNorm2d('norm', width),
      ...more,
      globalAveragePool2d('pool'),
      dropout('drop', ratio),
      linear('fc', width, classes),
    ]),
  );
/** As it comes back from a file. */
const stored = (data: NetworkData): NetworkData => JSON.parse(JSON.stringify(data));

describe('a network that was data', () => {
  const models = [
    ...modelNames.map((name) => entryOf(name).build(entryOf(name).recipe.dropout)),
    small(4, 0, [scaled]),
  ];
  it.each(models.map((model) => [model.name, model] as const))('gives the same graphs: %s', (_, model) => {
    const again = modelOfData(stored(networkData(model)));
    const options = { model, normalization };
    const taps = tapNames(options);
    expect(tapNames({ ...options, model: again })).toEqual(taps);
    for (const program of [predict, evalStep, (given: typeof options) => inspect(given, taps)])
      expect(printGraph(program({ ...options, model: again }).graph)).toBe(printGraph(program(options).graph));
    expect(summarize(again)).toEqual(summarize(model));
  });

  it('is not trained', () => {
    const model = modelOfData(networkData(small()));
    const optimizer = optimizerOf(defaultRecipe.optimizer);
    expect(() => trainStep({ model, normalization, optimizer, batchSize: 2 })).toThrow('not trained');
  });

  it('is refused where its nodes do not fit', () => {
    const data = networkData(small());
    const twisted = (change: Partial<NetworkData>) => () => checkModel(modelOfData({ ...data, ...change }));
    expect(twisted({})).not.toThrow();
    expect(twisted({ nodes: data.nodes.map((node) => ({ ...node, op: 'Gone' })) })).toThrow("no operator 'Gone'");
    expect(twisted({ logits: 'gone' })).toThrow("no value 'gone'");
    expect(twisted({ inputs: ['images'] })).toThrow("no value 'conv.weight'");
    expect(twisted({ parameters: data.parameters.map((one) => ({ ...one, shape: [2, 2] })) })).toThrow('conv/Conv');
    expect(twisted({ classes: 4 })).toThrow('a number for each of 4 classes');
  });
});

describe('two networks', () => {
  const difference = (one: ReturnType<typeof small>, other: ReturnType<typeof small>) =>
    networkDifference({ name: 'A', network: stored(networkData(one)) }, { name: 'B', network: networkData(other) });

  it('are one where they compute the same', () => {
    expect(difference(small(), small())).toBeUndefined();
  });

  it('differ in the first layer that is another, with both shapes', () => {
    expect(difference(small(4), small(5))).toBe(
      "layer 'conv' (Conv2d(1, 4, kernel=3, padding=0)) with conv.weight [4,1,3,3] and conv.bias [4] in A; layer 'conv' (Conv2d(1, 5, kernel=3, padding=0)) with conv.weight [5,1,3,3] and conv.bias [5] in B",
    );
    expect(difference(small(), small(4, 0.1, [relu('relu')]))).toContain("layer 'relu' (ReLU) in B");
    expect(difference(small(4, 0.1), small(4, 0.2))).toContain('Dropout(0.1)');
  });

  it('differ in what their layers do not say', () => {
    const other = { ...scaled, forward: (f, x) => f.b.mul(x, f.b.scalar(0.5)) } satisfies Module;
    expect(difference(small(4, 0, [scaled]), small(4, 0, [other]))).toContain("Add of layer 'scaled' in A");
    // In training only.
    const noisy = { ...scaled, forward: (f, x) => (f.training ? f.b.neg(x) : scaled.forward(f, x)) } satisfies Module;
    expect(difference(small(4, 0, [scaled]), small(4, 0, [noisy]))).toContain('in training, step');
    // Constants only.
    const third = {
      ...scaled,
      forward: (f, x) => f.b.add(f.b.mul(x, f.b.scalar(0.5)), f.b.scalar(2)),
    } satisfies Module;
    expect(difference(small(4, 0, [scaled]), small(4, 0, [third]))).toBeDefined();
  });
});

describe('what is said of a network that cannot be', () => {
  const refusal = (network: BuildNetwork) => () => checkModel(built(network));

  it('names both layers and both shapes', () => {
    const wrong = refusal(() => sequential('own', [conv2d('conv', 1, 4, 3), flatten('flat'), linear('fc', 100, 3)]));
    expect(wrong).toThrow(
      "layer 'fc' (Linear(100, 3)), with fc.weight [3,100] and fc.bias [3], does not take float32[batch,144], which layer 'flat' (Flatten) gives: ",
    );
    // A layer within a block gets what comes before the block.
    const within = refusal(() =>
      sequential('own', [conv2d('conv', 1, 4, 3), sequential('block', [conv2d('inner', 5, 4, 3)])]),
    );
    expect(within).toThrow(/^layer 'inner' .* which layer 'conv' \(Conv2d\(1, 4, kernel=3, padding=0\)\) gives: /);
    expect(refusal(() => sequential('own', [linear('fc', 9, 3)]))).toThrow('which the images are');
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'returned nothing (is there a `return`?)'],
    ['a list', [relu('relu')], 'returned a list'],
    ['a promise', Promise.resolve(relu('relu')), 'returned a promise'],
    ['no logits', sequential('own', [relu('relu')]), 'the network ends in float32[batch,1,8,8]'],
    ['two of a name', sequential('own', [relu('one'), relu('one')]), "two layers are named 'one'"],
    ['no sizes', sequential('own', [linear('fc', Number.NaN, 3)]), "'fc.weight' has the shape [3,NaN]"],
    ['a name of a checkpoint', sequential('own', [linear('optimizer.fc', 64, 3)]), 'optimizer.fc.weight'],
    ['a path', sequential('own', [relu('../relu')]), 'layer "../relu"'],
  ])('where it is %s', (_, network, message) => {
    const definition = defineModel(Reflect.apply(returning, undefined, [network]), { name: 'own' });
    expect(() => checkModel(definition.build(input, 3))).toThrow(message);
  });

  it('names the operator that ends a gradient', () => {
    const sign: Module = { ...scaled, name: 'sign', forward: (f, x) => f.b.op('Sign', [x], {}) };
    const optimizer = optimizerOf(defaultRecipe.optimizer);
    const step = () => trainStep({ model: small(4, 0, [sign]), normalization, optimizer, batchSize: 2 });
    expect(step).toThrow(/'conv.weight' does not influence the loss: .* \(sign\/Sign: operator Sign passes none on\)/);
  });
});

/** A builder that returns anything, as one in plain JavaScript may. */
function returning(value: Module): BuildNetwork {
  return () => value;
}
