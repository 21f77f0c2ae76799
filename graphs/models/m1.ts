import { GraphError } from '../ir/types.ts';
import { conv2d, dropout, flatten, linear, maxPool2d, relu, sequential } from '../nn/layers.ts';
import type { ModelDefinition } from './model.ts';

/** What is left of an edge after two convolutions of 3 without padding and a pool of 2. */
const pooled = (edge: number): number => Math.floor((edge - 4) / 2);

/** A shallow baseline: two convolutions, one pool, two linear layers. */
export const m1: ModelDefinition = {
  name: 'm1',
  title: 'two convolutions, two linear layers',
  dropout: [0.25],
  build: (input, classes, { dropout: [ratio = 0] = m1.dropout, width = 1 } = {}) => {
    if (Math.min(input.height, input.width) < 6)
      throw new GraphError(`model m1: images of at least 6 x 6 pixels expected, got ${input.height} x ${input.width}`);
    const area = pooled(input.height) * pooled(input.width);
    return {
      name: 'm1',
      input,
      classes,
      figureLayers: ['conv1', 'conv2'],
      network: sequential('m1', [
        conv2d('conv1', input.channels, 32 * width, 3),
        relu('relu1'),
        conv2d('conv2', 32 * width, 64 * width, 3),
        relu('relu2'),
        maxPool2d('pool', 2),
        flatten('flatten'),
        linear('fc1', 64 * width * area, 128),
        relu('relu3'),
        dropout('dropout', ratio),
        linear('fc2', 128, classes),
      ]),
    };
  },
};
