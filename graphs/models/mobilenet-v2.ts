import { constant, kaimingNormal, normal } from '../nn/initializers.ts';
import {
  batchNorm2d,
  conv2d,
  dropout,
  globalAveragePool2d,
  linear,
  relu6,
  residual,
  sequential,
  tap,
} from '../nn/layers.ts';
import type { Module } from '../nn/module.ts';
import { isSmall, type ModelDefinition } from './model.ts';

/** Table 2 of Sandler et al. (2018): expansion, output channels, blocks, stride of the first of them. */
const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** A convolution without bias, as torchvision begins it. */
function conv(name: string, inputs: number, outputs: number, kernel: number, stride = 1, groups = 1): Module {
  // torchvision counts the outputs of all groups, and divides.
  const initialize = kaimingNormal((outputs * kernel * kernel) / groups);
  return conv2d(name, inputs, outputs, kernel, { stride, padding: (kernel - 1) / 2, groups, bias: false, initialize });
}

/** Convolution, batch normalization and ReLU6 as torchvision numbers them. */
function activated(path: string, inputs: number, outputs: number, kernel: number, stride = 1, groups = 1) {
  return [
    conv(`${path}.0`, inputs, outputs, kernel, stride, groups),
    batchNorm2d(`${path}.1`, outputs),
    relu6(`${path}.2`),
  ] as const;
}

/** Expansion by a convolution of 1, a depthwise one of 3, and a linear one of 1 back; with a sum where sizes stay. */
function inverted(path: string, inputs: number, outputs: number, stride: number, expansion: number): Module {
  const hidden = inputs * expansion;
  const steps = expansion === 1 ? 0 : 1;
  const body = [
    ...(expansion === 1 ? [] : activated(`${path}.conv.0`, inputs, hidden, 1)),
    ...activated(`${path}.conv.${steps}`, hidden, hidden, 3, stride, hidden),
    conv(`${path}.conv.${steps + 1}`, hidden, outputs, 1),
    batchNorm2d(`${path}.conv.${steps + 2}`, outputs),
  ];
  return stride === 1 && inputs === outputs ? residual(path, body) : sequential('', [...body, tap(path)]);
}

/**
 * MobileNetV2 (Sandler et al., 2018), as torchvision has it. On images below 64 pixels the first convolution and the second stage
 * keep the size, or nothing would be left of them.
 */
export const mobilenetV2: ModelDefinition = {
  name: 'mobilenet-v2',
  title: 'inverted residuals with depthwise convolutions',
  dropout: [0.2],
  build: (input, classes, { dropout: [ratio = 0] = mobilenetV2.dropout, width = 1 } = {}) => {
    const small = isSmall(input);
    const first = 32 * width;
    let inputs = first;
    const blocks: Module[] = [];
    for (const [stage, [expansion, base, count, stride]] of stages.entries())
      for (let i = 0; i < count; i++) {
        const outputs = base * width;
        const step = i === 0 && !(small && stage === 1) ? stride : 1;
        blocks.push(inverted(`features.${blocks.length + 1}`, inputs, outputs, step, expansion));
        inputs = outputs;
      }
    const last = 1280 * Math.max(1, width);
    return {
      name: 'mobilenet-v2',
      input,
      classes,
      figureLayers: ['features.0.2', 'features.3', 'features.18.2'],
      network: sequential('mobilenet-v2', [
        ...activated('features.0', input.channels, first, 3, small ? 1 : 2),
        ...blocks,
        ...activated('features.18', inputs, last, 1),
        globalAveragePool2d('pool'),
        dropout('classifier.0', ratio),
        linear('classifier.1', last, classes, { initialize: normal(0.01), initializeBias: constant(0) }),
      ]),
    };
  },
};
