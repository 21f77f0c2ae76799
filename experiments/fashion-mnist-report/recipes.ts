import type { Recipe } from '../../src/recipe/schema.ts';

/** How the report trains Model 1. */
export const recipe1: Recipe = {
  epochs: 12,
  batchSize: 128,
  seed: 42,
  splitSeed: 42,
  optimizer: { name: 'adam', lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 },
  schedule: { name: 'constant' },
  dropout: [0.25],
  normalization: { mean: [0.286], std: [0.353] },
  augmentation: null,
  earlyStop: null,
};

/** How the report trains Model 2. */
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
  normalization: { mean: [0.5], std: [0.5] },
  augmentation: { cropPadding: 4, flipProbability: 0.5 },
  earlyStop: null,
};
