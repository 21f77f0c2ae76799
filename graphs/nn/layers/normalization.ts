import { elementCount, float32, GraphError, staticShape } from '../../ir/types.ts';
import { constant } from '../initializers.ts';
import type { Module } from '../module.ts';
import type { BufferSpec, ParameterSpec } from '../specs.ts';
import { checkCount } from './window.ts';

/** Scale (from 1) and shift (from 0) of what is normalised. */
function scaleAndShift(name: string, shape: readonly number[]): readonly [ParameterSpec, ParameterSpec] {
  return [
    { name: `${name}.weight`, shape, initialize: constant(1) },
    { name: `${name}.bias`, shape, initialize: constant(0) },
  ];
}

/**
 * Batch normalization over [N,C,H,W] (Ioffe and Szegedy, 2015). In training the batch's statistics normalise and the
 * running ones move by PyTorch's momentum, the variance unbiased; in evaluation the running ones normalise.
 */
export function batchNorm2d(name: string, channels: number, { epsilon = 1e-5, momentum = 0.1 } = {}): Module {
  const [weight, bias] = scaleAndShift(name, [channels]);
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

/**
 * Layer normalization (Ba et al., 2016) over the last axes, whose sizes are given: each image, or each token [N,T,E] of one,
 * by its own mean and biased variance, then scale and shift of that shape.
 */
export function layerNorm(name: string, shape: number | readonly number[], { epsilon = 1e-5 } = {}): Module {
  const sizes = typeof shape === 'number' ? [shape] : shape;
  for (const size of sizes) checkCount(size, `${name}: size`);
  if (sizes.length === 0) throw new GraphError(`${name}: expected the sizes of the last axes, got none`);
  const [weight, bias] = scaleAndShift(name, sizes);
  return {
    name,
    description: `LayerNorm(${sizes.join(', ')})`,
    parameters: [weight, bias],
    buffers: [],
    children: [],
    forward: (f, x) => {
      const attributes = { axis: x.shape.length - sizes.length, epsilon };
      const wanted = { outputs: [true, f.training, f.training] };
      const [y] = f.b.multi('LayerNormalization', [x, f.parameter(weight), f.parameter(bias)], attributes, wanted);
      return y;
    },
  };
}

/**
 * Group normalization (Wu and He, 2018) over [N,C,H,W]: the channels of each of `groups` groups of an image by their common
 * mean and biased variance, then scale and shift of each channel. Nothing depends on the batch.
 *
 * @throws GraphError where the channels do not divide into the groups
 */
export function groupNorm(name: string, groups: number, channels: number, { epsilon = 1e-5 } = {}): Module {
  checkCount(groups, `${name}: groups`);
  checkCount(channels, `${name}: channels`);
  if (channels % groups !== 0)
    throw new GraphError(`${name}: ${channels} channels do not divide into ${groups} groups; choose a divisor`);
  const [weight, bias] = scaleAndShift(name, [channels]);
  return {
    name,
    description: `GroupNorm(${groups}, ${channels})`,
    parameters: [weight, bias],
    buffers: [],
    children: [],
    forward: (f, x) => {
      const { b } = f;
      const [found = 0, ...spatial] = staticShape(x.shape.slice(1), name);
      if (found !== channels) throw new GraphError(`${name}: expected ${channels} channels, got ${found}`);
      const inGroup = (channels / groups) * elementCount(spatial);
      const lying = b.op('Reshape', [x, b.ints(0, groups, inGroup)], {});
      const ones = b.constant(float32(new Float32Array(inGroup).fill(1)));
      const wanted = { outputs: [true, f.training, f.training] };
      const [normalized] = b.multi('LayerNormalization', [lying, ones], { axis: 2, epsilon }, wanted);
      const images = b.op('Reshape', [normalized, b.ints(0, channels, ...spatial)], {});
      const perChannel = [channels, ...spatial.map(() => 1)];
      const scaled = b.mul(images, b.reshape(f.parameter(weight), perChannel));
      return b.add(scaled, b.reshape(f.parameter(bias), perChannel));
    },
  };
}
