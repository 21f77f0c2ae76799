import { kaimingNormal } from '../nn/initializers.ts';
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
import { isSmall, type ModelDefinition } from './model.ts';

/** A convolution without bias, as torchvision begins it. */
function conv(name: string, inputs: number, outputs: number, kernel: number, stride: number): Module {
  const initialize = kaimingNormal(outputs * kernel * kernel);
  return conv2d(name, inputs, outputs, kernel, { stride, padding: (kernel - 1) / 2, bias: false, initialize });
}

/** Two convolutions of 3 and their sum with the data, which a convolution of 1 fits where sizes change. */
function basicBlock(path: string, inputs: number, outputs: number, stride: number): readonly Module[] {
  const fits = stride === 1 && inputs === outputs;
  return [
    residual(
      `${path}.add`,
      [
        conv(`${path}.conv1`, inputs, outputs, 3, stride),
        batchNorm2d(`${path}.bn1`, outputs),
        relu(`${path}.relu1`),
        conv(`${path}.conv2`, outputs, outputs, 3, 1),
        batchNorm2d(`${path}.bn2`, outputs),
      ],
      fits
        ? []
        : [conv(`${path}.downsample.0`, inputs, outputs, 1, stride), batchNorm2d(`${path}.downsample.1`, outputs)],
    ),
    relu(`${path}.relu2`),
    tap(path),
  ];
}

/**
 * The residual network of 18 layers (He et al., 2016), as torchvision has it. Images below 64 pixels get a first convolution of
 * 3 with stride 1 and a pool of 2 instead of 7 with stride 2 and a pool of 3, which would leave next to nothing of them.
 */
export const resnet18: ModelDefinition = {
  name: 'resnet18',
  title: 'residual network of 18 layers',
  dropout: [],
  build: (input, classes, { width = 1 } = {}) => {
    const small = isSmall(input);
    const channels = [1, 2, 4, 8].map((times) => 64 * width * times);
    const [first = 0] = channels;
    const last = channels.at(-1) ?? 0;
    return {
      name: 'resnet18',
      input,
      classes,
      figureLayers: ['conv1', 'layer1', 'layer4'],
      network: sequential('resnet18', [
        small ? conv('conv1', input.channels, first, 3, 1) : conv('conv1', input.channels, first, 7, 2),
        batchNorm2d('bn1', first),
        relu('relu'),
        small ? maxPool2d('maxpool', 2) : maxPool2d('maxpool', 3, { stride: 2, padding: 1 }),
        ...channels.flatMap((outputs, i) => [
          ...basicBlock(`layer${i + 1}.0`, channels[i - 1] ?? first, outputs, i === 0 ? 1 : 2),
          ...basicBlock(`layer${i + 1}.1`, outputs, outputs, 1),
          tap(`layer${i + 1}`),
        ]),
        globalAveragePool2d('avgpool'),
        linear('fc', last, classes),
      ]),
    };
  },
};
