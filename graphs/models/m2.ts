import { GraphError } from '../ir/types.ts';
import {
  batchNorm2d,
  conv2d,
  dropout,
  globalAveragePool2d,
  linear,
  maxPool2d,
  relu,
  sequential,
  tap,
} from '../nn/layers.ts';
import type { Module } from '../nn/module.ts';
import type { ModelDefinition } from './model.ts';

/**
 * One stage: two Conv-BatchNorm-ReLU blocks, then pool and dropout. Names follow the index that PyTorch's
 * nn.Sequential gives (`stages.0.3.weight`); the taps `stage1.0`, `stage1.1` and `stage1` mark blocks and stage.
 */
function stage(index: number, inputs: number, outputs: number, pool: boolean, ratio: number): Module {
  const path = `stages.${index}`;
  const alias = `stage${index + 1}`;
  const block = (first: number, channels: number) => [
    conv2d(`${path}.${first}`, channels, outputs, 3, { padding: 1, bias: false }),
    batchNorm2d(`${path}.${first + 1}`, outputs),
    relu(`${path}.${first + 2}`),
  ];
  return sequential(path, [
    ...block(0, inputs),
    tap(`${alias}.0`),
    ...block(3, outputs),
    tap(`${alias}.1`),
    ...(pool ? [maxPool2d(`${path}.6`, 2)] : []),
    dropout(`${path}.${pool ? 7 : 6}`, ratio),
    tap(alias),
  ]);
}

/** A deeper network: three stages of 32, 64 and 128 channels, global average pooling, two linear layers. */
export const m2: ModelDefinition = {
  name: 'm2',
  title: 'three stages of two convolutions with batch normalization, two linear layers',
  dropout: [0.05, 0.1, 0.15, 0.2],
  build: (input, classes, { dropout: rates = m2.dropout, width = 1 } = {}) => {
    const [first = 0, second = 0, third = 0, head = 0] = rates;
    if (Math.min(input.height, input.width) < 4)
      throw new GraphError(`model m2: images of at least 4 x 4 pixels expected, got ${input.height} x ${input.width}`);
    return {
      name: 'm2',
      input,
      classes,
      figureLayers: ['stage1.0', 'stage1', 'stage3'],
      network: sequential('m2', [
        stage(0, input.channels, 32 * width, true, first),
        stage(1, 32 * width, 64 * width, true, second),
        stage(2, 64 * width, 128 * width, false, third),
        globalAveragePool2d('pool'),
        linear('fc1', 128 * width, 128),
        relu('relu'),
        dropout('dropout', head),
        linear('fc2', 128, classes),
      ]),
    };
  },
};
