import type { Experiment } from '../../src/experiment.ts';
import { published, pytorchReference } from './published.ts';
import { recipe1, recipe2 } from './recipes.ts';

/** A published course report on two networks for Fashion-MNIST, done again. */
export const fashionMnistReport: Experiment = {
  name: 'fashion-mnist-report',
  title: 'Two convolutional networks on Fashion-MNIST',
  data: 'fashion-mnist',
  models: {
    m1: {
      title: 'Model 1, baseline',
      recipe: recipe1,
      // The report's figure 8.
      figures: [
        {
          layers: ['conv1', 'conv2'],
          caption: { text: 'first and second convolution', page: 'the first and second convolution' },
        },
      ],
    },
    m2: {
      title: 'Model 2, deeper and regularised',
      recipe: recipe2,
      // The report's figures 9 to 11.
      figures: [
        {
          layers: ['stage1.0'],
          caption: { text: 'first Conv-BatchNorm-ReLU block', page: 'the first Conv-BatchNorm-ReLU block' },
        },
        { layers: ['stage1'], caption: { text: 'stage 1', page: 'stage 1, after its pooling' } },
        { layers: ['stage3'], caption: { text: 'stage 3', page: 'stage 3, the last one' } },
      ],
    },
  },
  published,
  // Loaded by comparisons only: a training starts sooner without the statistics.
  claims: async (runs, compare) => (await import('./claims/index.ts')).checkClaims(runs, compare),
  introduction: {
    approach: "trained as a published course report describes, and held against that report's own numbers and claims",
    division: 'both models have the same split',
  },
  seedVariation: { value: pytorchReference.seedVariation, source: 'in PyTorch, with these recipes' },
};
