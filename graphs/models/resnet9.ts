import { GraphError } from '../ir/types.ts';
import {
  batchNorm2d,
  conv2d,
  globalAveragePool2d,
  linear,
  maxPool2d,
  relu,
  residual,
  sequential,
  tap,
} from '../nn/layers.ts';
import type { Module } from '../nn/module.ts';
import type { ModelDefinition } from './model.ts';

/** A convolution of 3 that keeps the size, batch normalization, ReLU and, where it is said, a pool of 2. */
function block(path: string, inputs: number, outputs: number, pool = false): readonly Module[] {
  return [
    conv2d(`${path}.0`, inputs, outputs, 3, { padding: 1, bias: false }),
    batchNorm2d(`${path}.1`, outputs),
    relu(`${path}.2`),
    ...(pool ? [maxPool2d(`${path}.3`, 2)] : []),
    tap(path),
  ];
}

/** Two such blocks, and their sum with what they were given. */
function branch(path: string, channels: number): Module {
  return residual(path, [...block(`${path}.0`, channels, channels), ...block(`${path}.1`, channels, channels)]);
}

/**
 * The small residual network with which DAWNBench's CIFAR-10 entries trained fast (Page, 2018): 64, 128 and a residual, 256, 512
 * and a residual. The mean over positions stands for its pool of 4, so that images of any size fit.
 */
export const resnet9: ModelDefinition = {
  name: 'resnet9',
  title: 'residual network of 9 layers',
  dropout: [],
  build: (input, classes, { width = 1 } = {}) => {
    if (Math.min(input.height, input.width) < 8)
      throw new GraphError(
        `model resnet9: images of at least 8 x 8 pixels expected, got ${input.height} x ${input.width}`,
      );
    const [first, second, third, fourth] = [64 * width, 128 * width, 256 * width, 512 * width];
    return {
      name: 'resnet9',
      input,
      classes,
      figureLayers: ['conv1', 'res1', 'res2'],
      network: sequential('resnet9', [
        ...block('conv1', input.channels, first),
        ...block('conv2', first, second, true),
        branch('res1', second),
        ...block('conv3', second, third, true),
        ...block('conv4', third, fourth, true),
        branch('res2', fourth),
        globalAveragePool2d('pool'),
        linear('fc', fourth, classes),
      ]),
    };
  },
};
