import { describe, expect, it } from 'vitest';
import { toKeras } from '../../../graphs/export/keras.ts';
import { permuted } from '../../../graphs/export/keras-layers.ts';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import { float32, type Value, zeros } from '../../../graphs/ir/types.ts';
import { graphOf } from './support.ts';

it('transposes as NumPy does', () => {
  const found = permuted(float32([0, 1, 2, 3, 4, 5], [1, 2, 3]), [2, 0, 1]);
  expect(found).toEqual(float32([0, 3, 1, 4, 2, 5], [3, 1, 2]));
});

describe('Model 1', () => {
  const { topology, weights, outputs } = toKeras(graphOf('m1', { input: 'bytes', output: 'both' }));
  const { layers, output_layers } = topology.model_config.config;

  it('has its layers under its names', () => {
    expect(layers.map(({ name, class_name }) => `${name} ${class_name}`)).toEqual([
      'images InputLayer',
      'normalize Rescaling',
      'conv1 Conv2D',
      'relu1 Activation',
      'conv2 Conv2D',
      'relu2 Activation',
      'pool MaxPooling2D',
      'flatten Flatten',
      'fc1 Dense',
      'relu3 Activation',
      'fc2 Dense',
      'probabilities Activation',
    ]);
    expect(output_layers).toEqual([
      ['fc2', 0, 0],
      ['probabilities', 0, 0],
    ]);
    expect([...outputs]).toEqual([
      ['logits', 'fc2'],
      ['probabilities', 'probabilities'],
    ]);
    const scaling = layers[1]?.config;
    expect(scaling?.['scale']).toBeCloseTo(1 / 255 / 0.353, 6);
    expect(scaling?.['offset']).toBeCloseTo(-0.286 / 0.353, 6);
  });

  it('has kernels for channels last', () => {
    expect(weights.map(({ name, tensor }) => `${name} ${tensor.shape.join()}`)).toEqual([
      'conv1/kernel 3,3,1,32',
      'conv1/bias 32',
      'conv2/kernel 3,3,32,64',
      'conv2/bias 64',
      'fc1/kernel 9216,128',
      'fc1/bias 128',
      'fc2/kernel 128,10',
      'fc2/bias 10',
    ]);
  });
});

it('normalised input needs no Rescaling', () => {
  const { layers } = toKeras(graphOf('m2', { input: 'normalized', output: 'logits' })).topology.model_config.config;
  expect(layers[1]).toMatchObject({ name: 'stages.0.0', class_name: 'Conv2D', config: { padding: 'same' } });
  expect(layers.map(({ class_name }) => class_name)).toContain('GlobalAveragePooling2D');
});

describe('images of three channels', () => {
  const scaled = (statistics: readonly [mean: readonly number[], shape: readonly number[]]) => {
    const [mean, shape] = statistics;
    const b = new GraphBuilder('colours');
    const x = b.input('images', 'float32', ['batch', 3, 2, 2]);
    const y = b.within('normalize', () => {
      const shifted = b.op('Sub', [b.op('Div', [x, b.scalar(2)], {}), b.constant(float32(mean, shape))], {});
      return b.op('Div', [shifted, b.constant(float32([4, 8, 16], [1, 3, 1, 1]))], {});
    });
    b.output(
      'y',
      b.within('relu', () => b.op('Relu', [y], {})),
    );
    return toKeras(b.finish()).topology.model_config.config.layers;
  };

  it('are rescaled with numbers of each channel, channels last', () => {
    const [input, scaling] = scaled([
      [1, 2, 3],
      [1, 3, 1, 1],
    ]);
    expect(input?.config['batch_input_shape']).toEqual([null, 2, 2, 3]);
    expect(scaling).toMatchObject({ name: 'normalize', class_name: 'Rescaling' });
    expect(scaling?.config).toMatchObject({ scale: [1 / 8, 1 / 16, 1 / 32], offset: [-1 / 4, -2 / 8, -3 / 16] });
  });

  it('are not rescaled along another axis', () => {
    const attempt = () =>
      scaled([
        [1, 2, 3, 4, 5, 6],
        [1, 3, 2, 1],
      ]);
    expect(attempt).toThrow("layer 'normalize': Sub has no counterpart");
  });

  it('that were flattened while they were large have a Flatten, though one pixel is left of them', () => {
    const b = new GraphBuilder('small');
    const x = b.input('images', 'float32', ['batch', 3, 2, 2]);
    const pooled = b.within('pool', () => b.op('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] }));
    const flat = b.within('flatten', () => b.op('Flatten', [pooled], { axis: 1 }));
    b.output(
      'y',
      b.within('relu', () => b.op('Relu', [flat], {})),
    );
    const { layers } = toKeras(b.finish()).topology.model_config.config;
    expect(layers.map(({ class_name }) => class_name)).toEqual(['InputLayer', 'MaxPooling2D', 'Flatten', 'Activation']);
  });
});

describe('refuses, by layer,', () => {
  const only = (op: 'Tanh' | 'Erf', shape: readonly (number | string)[] = ['batch', 1, 4, 4]) => {
    const b = new GraphBuilder('odd');
    const x = b.input('x', 'float32', shape);
    b.output(
      'y',
      b.within('head', () => b.op(op, [x], {})),
    );
    return b.finish();
  };

  it('an operator without a counterpart', () => {
    expect(() => toKeras(only('Erf'))).toThrow("layer 'head': Erf has no counterpart in a Keras layers model");
    expect(toKeras(only('Tanh')).topology.model_config.config.layers).toHaveLength(2);
  });

  it('the padding of a maximum of what may be negative', () => {
    const b = new GraphBuilder('odd');
    const x = b.input('x', 'float32', ['batch', 1, 4, 4]);
    const pool = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
    b.output(
      'y',
      b.within('pool', () => b.op('MaxPool', [x], pool)),
    );
    expect(() => toKeras(b.finish())).toThrow("layer 'pool': MaxPool has no counterpart");
  });

  it('a convolution in groups', () => {
    const b = new GraphBuilder('odd');
    const x = b.input('x', 'float32', ['batch', 4, 4, 4]);
    const weight = b.constant(zeros('float32', [4, 2, 3, 3]));
    b.output(
      'y',
      b.within('conv', () => b.op('Conv', [x, weight], { kernel_shape: [3, 3], group: 2 })),
    );
    expect(() => toKeras(b.finish())).toThrow("layer 'conv': Conv has no counterpart");
  });
});

it('says strides, padding, depthwise kernels, sums and joins in layers that Keras has', () => {
  const b = new GraphBuilder('net');
  const x = b.input('images', 'float32', ['batch', 2, 5, 5]);
  const layer = (name: string, make: () => Value) => b.within(name, make);
  const pads = [1, 1, 1, 1];
  const weight = b.constant(
    float32(
      Array.from({ length: 36 }, (_, i) => i),
      [4, 1, 3, 3],
    ),
    'dw.weight',
  );
  const dw = layer('dw', () => b.op('Conv', [x, weight], { kernel_shape: [3, 3], strides: [2, 2], pads, group: 2 }));
  const act = layer('act', () => b.op('Clip', [dw, b.scalar(0), b.scalar(6)], {}));
  const silu = layer('silu', () => b.mul(act, b.op('Sigmoid', [act], {})));
  const sum = layer('sum', () => b.add(silu, dw));
  b.output(
    'y',
    layer('join', () => b.op('Concat', [sum, dw], { axis: 1 })),
  );
  const { topology, weights } = toKeras(b.finish());
  const { layers } = topology.model_config.config;
  expect(
    layers.map(({ name, class_name, inbound_nodes }) => [name, class_name, inbound_nodes.flat().map(([of]) => of)]),
  ).toEqual([
    ['images', 'InputLayer', []],
    ['dw_pad', 'ZeroPadding2D', ['images']],
    ['dw', 'DepthwiseConv2D', ['dw_pad']],
    ['act', 'ReLU', ['dw']],
    ['silu', 'Activation', ['act']],
    ['silu_1', 'Multiply', ['act', 'silu']],
    ['sum', 'Add', ['silu_1', 'dw']],
    ['join', 'Concatenate', ['sum', 'dw']],
  ]);
  expect(layers[2]?.config).toMatchObject({ depth_multiplier: 2, strides: [2, 2], padding: 'valid' });
  // Element (row 0, column 1) of channel 1's first kernel, which is the third of all.
  expect(weights[0]?.tensor.shape).toEqual([3, 3, 2, 2]);
  expect(weights[0]?.tensor.data[4 + 2]).toBe(19);
});
