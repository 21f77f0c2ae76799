/**
 * Every layer once, in three networks: images to classes by convolutions, by tokens, and by each activation. Prints what each
 * network consists of; nothing is trained.
 *
 * usage: node dist/examples/every-layer.js
 */
import {
  averagePool2d,
  batchNorm2d,
  classToken,
  concatenate,
  conv2d,
  convTranspose2d,
  defineModel,
  dropout,
  dropout2d,
  elu,
  flatten,
  gelu,
  globalAveragePool2d,
  groupNorm,
  hardsigmoid,
  hardswish,
  imageToTokens,
  layerNorm,
  leakyRelu,
  linear,
  maxPool2d,
  meanToken,
  multiheadAttention,
  positionEmbedding,
  relu,
  relu6,
  residual,
  selectToken,
  sequential,
  sigmoid,
  silu,
  sinusoidalEmbedding,
  softplus,
  stochasticDepth,
  summary,
  tanh,
  tap,
  tapMaps,
} from 'atelier';

const convolutions = defineModel(({ input, classes }) =>
  sequential('convolutions', [
    conv2d('stem', input.channels, 16, 3, { stride: 2, padding: 1, bias: false }),
    batchNorm2d('norm', 16),
    relu('relu'),
    // x + f(x); the shortcut makes both of one shape.
    residual(
      'block',
      [
        conv2d('block.depthwise', 16, 16, 3, { padding: 1, groups: 16 }),
        groupNorm('block.norm', 4, 16),
        relu6('block.relu'),
        conv2d('block.pointwise', 16, 32, 1),
        stochasticDepth('block.depth', 0.1),
      ],
      [conv2d('block.shortcut', 16, 32, 1)],
    ),
    tap('first'), // a second name for reports and activation maps
    concatenate('branches', [
      [maxPool2d('branches.max', 3, { stride: 2, padding: 1 })],
      [averagePool2d('branches.mean', 3, { stride: 2, padding: 1 })],
    ]),
    dropout2d('channels', 0.1),
    convTranspose2d('up', 64, 16, 2, { stride: 2 }),
    globalAveragePool2d('pool'),
    dropout('dropout', 0.2),
    linear('fc', 16, classes),
  ]),
);

/** Patches of 4 x 4 pixels as tokens, and one more that gathers what they say. */
const tokens = defineModel(({ input, classes }) => {
  const [rows, columns] = [Math.floor(input.height / 4), Math.floor(input.width / 4)];
  return sequential('tokens', [
    conv2d('patches', input.channels, 32, 4, { stride: 4 }),
    imageToTokens('split'),
    sinusoidalEmbedding('fixed'),
    classToken('cls_token', 32),
    positionEmbedding('pos_embed', rows * columns + 1, 32),
    residual('attend', [layerNorm('attend.norm', 32), multiheadAttention('attend.heads', 32, 4)]),
    tapMaps('maps', rows, columns),
    // The mean of all tokens would be `meanToken`.
    selectToken('first', 0),
    linear('fc', 32, classes),
  ]);
});

const activations = defineModel(({ input, classes }) =>
  sequential('activations', [
    conv2d('patches', input.channels, 8, 4, { stride: 4 }),
    ...[leakyRelu('leaky'), elu('elu'), silu('silu'), gelu('gelu'), sigmoid('sigmoid'), tanh('tanh')],
    ...[hardsigmoid('hardsigmoid'), hardswish('hardswish'), softplus('softplus')],
    imageToTokens('split'),
    meanToken('mean'),
    flatten('flatten'),
    linear('fc', 8, classes),
  ]),
);

const data = { shape: { channels: 3, height: 32, width: 32 }, classes: ['cat', 'dog', 'horse'] };
for (const model of [convolutions, tokens, activations]) {
  const { layers, parameters, macs } = await summary(model, data);
  for (const { name, description, outputShape } of layers)
    process.stdout.write(`${name}: ${description} -> [${outputShape.join(', ')}]\n`);
  process.stdout.write(`${parameters} parameters, ${macs} multiply-adds an image\n\n`);
}
