import type { Experiment } from '../../src/experiment.ts';
import { recipe1, recipe2 } from './recipes.ts';

/** A published course report: two convolutional networks compared on Fashion-MNIST. */
export const fashionMnistReport: Experiment = {
  name: 'fashion-mnist-report',
  title: 'Two convolutional networks on Fashion-MNIST',
  data: 'fashion-mnist',
  models: {
    m1: {
      title: 'Model 1, baseline',
      recipe: recipe1,
      figures: [{ layers: ['conv1', 'conv2'], caption: 'first and second convolution' }],
    },
    m2: {
      title: 'Model 2, deeper and regularised',
      recipe: recipe2,
      figures: [
        { layers: ['stage1.0'], caption: 'first Conv-BatchNorm-ReLU block' },
        { layers: ['stage1'], caption: 'stage 1' },
        { layers: ['stage3'], caption: 'stage 3' },
      ],
    },
  },
};
