import { GraphError } from '../ir/types.ts';
import { xavierUniform } from '../nn/initializers.ts';
import { batchNorm2d, conv2d, flatten, linear, maxPool2d, relu, sequential } from '../nn/layers.ts';
import type { ModelDefinition } from './model.ts';

/** What is left of an edge: a pool of 2, a convolution of 3 with padding 2, a pool of 2. */
const left = (edge: number): number => Math.floor((Math.floor(edge / 2) + 2) / 2);

/**
 * The baseline of LucasVandroux/Fashion-MNIST-PyTorch: two convolutions, each with ReLU before its batch normalization, and a
 * wide linear layer. Names and initialization (Glorot's of the convolutions) are its own.
 */
export const simpleCnn: ModelDefinition = {
  name: 'simple-cnn',
  title: 'two convolutions with batch normalization, two linear layers, the first of 4096',
  dropout: [],
  build: (input, classes, { width = 1 } = {}) => {
    if (Math.min(input.height, input.width) < 2)
      throw new GraphError(
        `model simple-cnn: images of at least 2 x 2 pixels expected, got ${input.height} x ${input.width}`,
      );
    const [first, second] = [32 * width, 64 * width];
    const glorot = (inputs: number, outputs: number, area: number) => ({
      padding: 2,
      initialize: xavierUniform(inputs * area, outputs * area),
    });
    return {
      name: 'simple-cnn',
      input,
      classes,
      figureLayers: ['cnn1', 'cnn2'],
      network: sequential('simple-cnn', [
        conv2d('cnn1', input.channels, first, 5, glorot(input.channels, first, 25)),
        relu('relu1'),
        batchNorm2d('norm1', first),
        maxPool2d('maxpool1', 2),
        conv2d('cnn2', first, second, 3, glorot(first, second, 9)),
        relu('relu2'),
        batchNorm2d('norm2', second),
        maxPool2d('maxpool2', 2),
        flatten('flatten'),
        linear('fc1', second * left(input.height) * left(input.width), 4096),
        relu('fcrelu'),
        linear('fc2', 4096, classes),
      ]),
    };
  },
};
