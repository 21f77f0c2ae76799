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
import type { Model } from './model.ts';
import type { Recipe } from './recipe.ts';

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

/**
 * Model 2: three stages of 32, 64 and 128 channels, global average pooling, two linear layers; 304,682 parameters. `width`
 * multiplies the channels of its convolutions.
 */
export function model2([first = 0, second = 0, third = 0, head = 0]: readonly number[], width = 1): Model {
  return {
    name: 'm2',
    input: { channels: 1, height: 28, width: 28 },
    classes: 10,
    network: sequential('m2', [
      stage(0, 1, 32 * width, true, first),
      stage(1, 32 * width, 64 * width, true, second),
      stage(2, 64 * width, 128 * width, false, third),
      globalAveragePool2d('pool'),
      linear('fc1', 128 * width, 128),
      relu('relu'),
      dropout('dropout', head),
      linear('fc2', 128, 10),
    ]),
  };
}

export const recipe2: Recipe = {
  epochs: 12,
  batchSize: 128,
  seed: 42,
  splitSeed: 42,
  optimizer: { name: 'adamw', lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 1e-5 },
  schedule: {
    name: 'plateau',
    mode: 'min',
    factor: 0.5,
    patience: 2,
    threshold: 1e-4,
    thresholdMode: 'rel',
    cooldown: 0,
    minLr: 0,
  },
  dropout: [0.05, 0.1, 0.15, 0.2],
  normalization: { mean: 0.5, std: 0.5 },
  augmentation: { cropPadding: 4, flipProbability: 0.5 },
  earlyStop: null,
};
