import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../graphs/ir/types.ts';
import { catalogue } from '../../graphs/models/catalogue.ts';
import { defineModel } from '../../graphs/models/define-model.ts';
import type { ImageShape, Model } from '../../graphs/models/model.ts';
import { conv2d, flatten, globalAveragePool2d, linear, sequential } from '../../graphs/nn/layers.ts';
import { AtelierError } from '../../src/errors.ts';
import { givenWeights, withWeights } from '../../src/training/init-from.ts';
import type { TensorMap } from '../../src/training/initialize.ts';
import type { Rebuild } from '../../src/training/other-classes.ts';
import witness from '../fixtures/pytorch/models.json' with { type: 'json' };

/** A tensor of a shape; one element says whose it is, as only types and shapes are looked at here. */
const filled = (shape: readonly number[], value: number): Tensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.of(value),
});

/** All tensors of a model, filled with one number. */
function tensorsOf({ network }: Model, value: number): ReadonlyMap<string, Tensor> {
  const counters = network.buffers.map(({ name, dtype, shape }): [string, Tensor] => [
    name,
    dtype === 'int64' ? { dtype, shape, data: BigInt64Array.of(BigInt(value)) } : filled(shape, value),
  ]);
  return new Map([
    ...network.parameters.map(({ name, shape }): [string, Tensor] => [name, filled(shape, value)]),
    ...counters,
  ]);
}

function rebuildOf(name: string): Rebuild {
  const model = catalogue.find((one) => one.name === name);
  if (!model) throw new Error(`no ${name}`);
  return (input, classes) => model.build(input, classes);
}

/** Starts the model from weights that are all 1, with a fresh state that is all 0. */
function started(rebuild: Rebuild, input: ImageShape, classes: number, weights: TensorMap) {
  const lines: string[] = [];
  const logger = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line).msg) });
  const model = rebuild(input, classes);
  const start = withWeights(tensorsOf(model, 0), model, { weights, path: 'w.safetensors' }, rebuild, logger);
  const anew = [...start.state].filter(([, { data }]) => Number(data[0]) === 0).map(([name]) => name);
  return { start, lines, anew };
}

const colour = { channels: 3, height: 64, width: 64 } as const;
const grey = { channels: 1, height: 28, width: 28 } as const;

describe('weights for another number of classes', () => {
  it.each([
    ['m1', grey, 'fc2'],
    ['m2', grey, 'fc2'],
    ['simple-cnn', grey, 'fc2'],
    ['mini-cnn', grey, 'classifier.3'],
    ['tiny-vgg', grey, 'classifier.1'],
    ['resnet9', colour, 'fc'],
    ['resnet18', colour, 'fc'],
    ['mobilenet-v2', colour, 'classifier.1'],
    ['vit-tiny', colour, 'head'],
  ] as const)('%s takes all but its last layer', (name, input, layer) => {
    const rebuild = rebuildOf(name);
    const { anew, lines, start } = started(rebuild, input, 10, tensorsOf(rebuild(input, 1000), 1));
    expect(anew).toEqual([`${layer}.weight`, `${layer}.bias`]);
    const count = start.state.size;
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe(`starting from 'w.safetensors': ${count - 2} of ${count} tensors matched`);
    expect(lines[1]).toContain(
      `'w.safetensors' is for 1,000 classes, here are 10: layer '${layer}' begins as in a new run (${layer}.weight: expected float32[10,`,
    );
    expect(lines[1]).toMatch(/found float32\[1000,\d+\]; .*\.bias: expected float32\[10\], found float32\[1000\]\)$/);
    expect(start.initTensors).toEqual({
      taken: count - 2,
      anew: [
        expect.objectContaining({ name: `${layer}.weight` }),
        { name: `${layer}.bias`, shape: [10], inFile: [1000] },
      ],
      leftOut: [],
    });
    expect([...givenWeights(start).keys()]).toEqual([...start.state.keys()].filter((tensor) => !anew.includes(tensor)));
  });

  it('are taken from an ONNX file, which has no counters, and for more classes than it tells', () => {
    const rebuild = rebuildOf('resnet18');
    const weights = [...tensorsOf(rebuild(colour, 10), 1)].filter(([, { dtype }]) => dtype === 'float32');
    const { anew } = started(rebuild, colour, 100, new Map(weights));
    expect(anew.filter((name) => !name.endsWith('num_batches_tracked'))).toEqual(['fc.weight', 'fc.bias']);
  });

  it("are taken from torchvision's resnet18 of 1,000 classes", () => {
    const { names } = witness.resnet18;
    const shapes = { ...names, 'fc.weight': [1000, 512], 'fc.bias': [1000] };
    const tensors = Object.entries<readonly number[]>(shapes).map(([name, shape]): [string, Tensor] => [
      name,
      name.endsWith('num_batches_tracked') ? { dtype: 'int64', shape, data: BigInt64Array.of(1n) } : filled(shape, 1),
    ]);
    const { anew } = started(rebuildOf('resnet18'), colour, 10, new Map(tensors));
    expect(anew).toEqual(['fc.weight', 'fc.bias']);
  });
});

describe('weights that differ in more than the number of classes are refused', () => {
  const resnet = rebuildOf('resnet18');
  const refusal = (change: (weights: Map<string, Tensor>) => void, rebuild = resnet, classes = 10) => {
    const weights = new Map(tensorsOf(rebuild(colour, 1000), 1));
    change(weights);
    return () => started(rebuild, colour, classes, weights);
  };
  const usual = 'Give float32 weights of this very model; only its last layer may be for another number of classes.';

  it.each([
    ['another tensor', (weights: Map<string, Tensor>) => weights.set('bn1.weight', filled([32], 1))],
    [
      'a last layer of another width',
      (weights: Map<string, Tensor>) => weights.set('fc.weight', filled([1000, 256], 1)),
    ],
    ['weight and bias of two numbers', (weights: Map<string, Tensor>) => weights.set('fc.bias', filled([999], 1))],
    ['a tensor that is missing', (weights: Map<string, Tensor>) => weights.delete('layer1.0.conv1.weight')],
    ['a tensor too many', (weights: Map<string, Tensor>) => weights.set('aux.weight', filled([1], 1))],
  ])('%s', (_, change) => {
    const attempt = refusal(change);
    expect(attempt).toThrow(AtelierError);
    expect(attempt).toThrow(usual);
    expect(attempt).toThrow('fc.bias: expected float32[10]');
  });

  it('a network where other layers follow from the number of classes', () => {
    const wide = defineModel(({ input, classes }) =>
      sequential('wide', [
        conv2d('conv', input.channels, classes, 3),
        globalAveragePool2d('mean'),
        linear('fc', classes, classes),
      ]),
    );
    const rebuild: Rebuild = (input, classes) => wide.build(input, classes);
    expect(refusal(() => undefined, rebuild)).toThrow(usual);
  });

  it('and the images are named that they would fit', () => {
    const small = { channels: 3, height: 32, width: 32 };
    const weights = tensorsOf(resnet(colour, 1000), 1);
    expect(() => started(resnet, small, 10, weights)).toThrow(
      'They would fit images of 3 x 64 x 64; here are 3 x 32 x 32.',
    );
    expect(() => started(resnet, { ...colour, channels: 1 }, 10, weights)).toThrow(
      'They would fit images of 3 x 64 x 64; here are 64 x 64.',
    );
    const flat = defineModel(({ input, classes }) =>
      sequential('flat', [flatten('flat'), linear('fc', input.channels * input.height * input.width, classes)]),
    );
    const rebuild: Rebuild = (input, classes) => {
      if (input.height > 100) throw new AtelierError('too large', { code: 'model-unsuited' });
      return flat.build(input, classes);
    };
    const unlike = new Map([['fc.weight', filled([10, 7], 1)]]);
    expect(() => started(rebuild, grey, 10, unlike)).toThrow(usual);
  });
});
