/** Layers under PyTorch's names and defaults. Each is plain data plus a forward function. */
import { staticShape, type Value } from '../ir/types.ts';
import type { Forward } from './forward.ts';
import { constant, fanInUniform, kaimingUniform } from './initializers.ts';
import type { Module } from './module.ts';
import type { BufferSpec, ParameterSpec } from './specs.ts';

type Pass = (f: Forward, x: Value) => Value;

/** A module without parameters. */
function stateless(name: string, description: string, forward: Pass): Module {
  return { name, description, parameters: [], buffers: [], children: [], forward };
}

/** Zeros added on each side, in pixels (0), and whether each output channel has an offset (true). */
export interface Conv2dOptions {
  readonly padding?: number;
  readonly bias?: boolean;
}

/** Cross-correlation with square kernels, stride 1: [N,in,H,W] -> [N,out,H+2p-k+1,W+2p-k+1]. */
export function conv2d(
  name: string,
  inputs: number,
  outputs: number,
  kernel: number,
  options: Conv2dOptions = {},
): Module {
  const { padding = 0, bias = true } = options;
  const fanIn = inputs * kernel * kernel;
  const weight: ParameterSpec = {
    name: `${name}.weight`,
    shape: [outputs, inputs, kernel, kernel],
    initialize: kaimingUniform(fanIn),
  };
  const offset: ParameterSpec = { name: `${name}.bias`, shape: [outputs], initialize: fanInUniform(fanIn) };
  return {
    name,
    description: `Conv2d(${inputs}, ${outputs}, kernel=${kernel}, padding=${padding}${bias ? '' : ', bias=false'})`,
    parameters: bias ? [weight, offset] : [weight],
    buffers: [],
    children: [],
    forward: (f, x) =>
      f.b.op('Conv', [x, f.parameter(weight), bias ? f.parameter(offset) : null], {
        kernel_shape: [kernel, kernel],
        pads: [padding, padding, padding, padding],
        strides: [1, 1],
        dilations: [1, 1],
        group: 1,
      }),
  };
}

/** y = x Wᵀ + b: [N,in] -> [N,out], weight [out,in]. */
export function linear(name: string, inputs: number, outputs: number): Module {
  const weight: ParameterSpec = {
    name: `${name}.weight`,
    shape: [outputs, inputs],
    initialize: kaimingUniform(inputs),
  };
  const bias: ParameterSpec = { name: `${name}.bias`, shape: [outputs], initialize: fanInUniform(inputs) };
  return {
    name,
    description: `Linear(${inputs}, ${outputs})`,
    parameters: [weight, bias],
    buffers: [],
    children: [],
    forward: (f, x) => f.b.op('Gemm', [x, f.parameter(weight), f.parameter(bias)], { transB: 1 }),
  };
}

/**
 * Batch normalization over [N,C,H,W] (Ioffe and Szegedy, 2015). In training the batch's statistics normalise and the
 * running ones move by PyTorch's momentum, the variance unbiased; in evaluation the running ones normalise.
 */
export function batchNorm2d(name: string, channels: number, { epsilon = 1e-5, momentum = 0.1 } = {}): Module {
  const weight: ParameterSpec = { name: `${name}.weight`, shape: [channels], initialize: constant(1) };
  const bias: ParameterSpec = { name: `${name}.bias`, shape: [channels], initialize: constant(0) };
  const mean: BufferSpec = { name: `${name}.running_mean`, dtype: 'float32', shape: [channels], fill: 0 };
  const variance: BufferSpec = { name: `${name}.running_var`, dtype: 'float32', shape: [channels], fill: 1 };
  const batches: BufferSpec = { name: `${name}.num_batches_tracked`, dtype: 'int64', shape: [], fill: 0 };
  return {
    name,
    description: `BatchNorm2d(${channels})`,
    parameters: [weight, bias],
    buffers: [mean, variance, batches],
    children: [],
    forward: (f, x) => {
      const operands = [x, f.parameter(weight), f.parameter(bias), f.buffer(mean), f.buffer(variance)] as const;
      if (!f.training) return f.b.op('BatchNormalization', operands, { epsilon });
      const [y, nextMean, nextVariance] = f.b.multi('BatchNormInternal', operands, { epsilon, momentum });
      f.update(mean, nextMean);
      f.update(variance, nextVariance);
      const one = f.b.constant({ dtype: 'int64', shape: [], data: BigInt64Array.of(1n) });
      f.update(batches, f.b.add(f.buffer(batches), one));
      return y;
    },
  };
}

/** max(x, 0), element by element: any shape, float32. */
export function relu(name: string): Module {
  return stateless(name, 'ReLU', (f, x) => f.b.op('Relu', [x], {}));
}

/** Largest element of each k×k window, stride k. */
export function maxPool2d(name: string, kernel: number): Module {
  return stateless(name, `MaxPool2d(${kernel})`, (f, x) => {
    const attributes = { kernel_shape: [kernel, kernel], strides: [kernel, kernel], pads: [0, 0, 0, 0] };
    const [y] = f.b.multi('MaxPool', [x], attributes, { outputs: [true, f.training] });
    return y;
  });
}

/** Mean over the spatial axes, flattened: [N,C,H,W] -> [N,C]. */
export function globalAveragePool2d(name: string): Module {
  return stateless(name, 'AdaptiveAvgPool2d(1), flatten', (f, x) =>
    f.b.op('Flatten', [f.b.op('GlobalAveragePool', [x], {})], { axis: 1 }),
  );
}

/** [N,…] -> [N, product of the rest]. */
export function flatten(name: string): Module {
  return stateless(name, 'Flatten', (f, x) => f.b.op('Flatten', [x], { axis: 1 }));
}

/** Drops each element with probability `ratio` in training and scales the others by 1/(1-ratio). */
export function dropout(name: string, ratio: number): Module {
  return stateless(name, `Dropout(${ratio})`, (f, x) => {
    if (!f.training || ratio === 0) return x;
    const mask = f.mask(`${name}.mask`, staticShape(x.shape, name), ratio);
    return f.b.op('MaskedDropout', [x, mask], { ratio });
  });
}

/** Marks the value that passes under a second name for the inspect program. */
export function tap(name: string): Module {
  return stateless('', `tap ${name}`, (f, x) => f.tap(name, x));
}

/** Modules one after the other. Every named one is tapped under its name. */
export function sequential(name: string, children: readonly Module[]): Module {
  return {
    name,
    description: 'Sequential',
    parameters: children.flatMap((child) => child.parameters),
    buffers: children.flatMap((child) => child.buffers),
    children,
    forward: (f, x) =>
      children.reduce((value, child) => {
        if (child.name === '' || child.children.length > 0) return child.forward(f, value);
        return f.tap(
          child.name,
          f.b.within(child.name, () => child.forward(f, value)),
        );
      }, x),
  };
}
