/** The two small networks of SatvikPraveen/FashionMNIST-Analysis, under its names. */
import { GraphError } from '../ir/types.ts';
import { conv2d, flatten, linear, maxPool2d, relu, sequential } from '../nn/layers.ts';
import type { Module } from '../nn/module.ts';
import type { ImageShape, ModelDefinition } from './model.ts';

/** Positions after two pools of 2. Throws GraphError where none are left. */
function positions(name: string, { height, width }: ImageShape): number {
  if (Math.min(height, width) < 4)
    throw new GraphError(`model ${name}: images of at least 4 x 4 pixels expected, got ${height} x ${width}`);
  return Math.floor(height / 4) * Math.floor(width / 4);
}

/** Convolutions of 3 that keep the size, each with a ReLU, then a pool of 2: numbered from `first` as nn.Sequential does. */
function block(path: string, first: number, channels: readonly number[]): readonly Module[] {
  const outputs = channels.slice(1);
  return [
    ...outputs.flatMap((count, i) => [
      conv2d(`${path}.${first + 2 * i}`, channels[i] ?? 0, count, 3, { padding: 1 }),
      relu(`${path}.${first + 2 * i + 1}`),
    ]),
    maxPool2d(`${path}.${first + 2 * outputs.length}`, 2),
  ];
}

/** Two convolutions, two linear layers. */
export const miniCnn: ModelDefinition = {
  name: 'mini-cnn',
  title: 'two small convolutions, two linear layers',
  dropout: [],
  build: (input, classes, { width = 1 } = {}) => {
    const [first, second] = [16 * width, 32 * width];
    return {
      name: 'mini-cnn',
      input,
      classes,
      figureLayers: ['conv_block.0', 'conv_block.3'],
      network: sequential('mini-cnn', [
        ...block('conv_block', 0, [input.channels, first]),
        ...block('conv_block', 3, [first, second]),
        flatten('classifier.0'),
        linear('classifier.1', second * positions('mini-cnn', input), 64),
        relu('classifier.2'),
        linear('classifier.3', 64, classes),
      ]),
    };
  },
};

/** Two blocks of two convolutions, one linear layer. */
export const tinyVgg: ModelDefinition = {
  name: 'tiny-vgg',
  title: 'two blocks of two convolutions, one linear layer',
  dropout: [],
  build: (input, classes, { width = 1 } = {}) => {
    const channels = 32 * width;
    return {
      name: 'tiny-vgg',
      input,
      classes,
      figureLayers: ['conv_block_1.0', 'conv_block_2.2'],
      network: sequential('tiny-vgg', [
        ...block('conv_block_1', 0, [input.channels, channels, channels]),
        ...block('conv_block_2', 0, [channels, channels, channels]),
        flatten('classifier.0'),
        linear('classifier.1', channels * positions('tiny-vgg', input), classes),
      ]),
    };
  },
};
