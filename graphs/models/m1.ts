import { conv2d, dropout, flatten, linear, maxPool2d, relu, sequential } from '../nn/layers.ts';
import type { Model } from './model.ts';
import type { Recipe } from './recipe.ts';

/**
 * Model 1, the shallow baseline: two convolutions, one pool, two linear layers; 1,199,882 parameters. `width` multiplies
 * the channels of its convolutions.
 */
export function model1([ratio = 0]: readonly number[], width = 1): Model {
  return {
    name: 'm1',
    input: { channels: 1, height: 28, width: 28 },
    classes: 10,
    network: sequential('m1', [
      conv2d('conv1', 1, 32 * width, 3),
      relu('relu1'),
      conv2d('conv2', 32 * width, 64 * width, 3),
      relu('relu2'),
      maxPool2d('pool', 2),
      flatten('flatten'),
      linear('fc1', 64 * width * 12 * 12, 128),
      relu('relu3'),
      dropout('dropout', ratio),
      linear('fc2', 128, 10),
    ]),
  };
}

export const recipe1: Recipe = {
  epochs: 12,
  batchSize: 128,
  seed: 42,
  splitSeed: 42,
  optimizer: { name: 'adam', lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 },
  schedule: { name: 'constant' },
  dropout: [0.25],
  normalization: { mean: 0.286, std: 0.353 },
  augmentation: null,
  earlyStop: null,
};
