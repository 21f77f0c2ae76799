/** Small graphs that several tests look at. */
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import type { Graph } from '../../../graphs/ir/graph.ts';
import { elementCount, float32, type Tensor } from '../../../graphs/ir/types.ts';

/** Reproducible numbers between -0.5 and 0.5; nothing about them matters but that they differ. */
export function numbers(count: number, seed = 1): readonly number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647 - 0.5;
  });
}

export function filled(shape: readonly number[], seed?: number): Tensor {
  return float32(numbers(elementCount(shape), seed), shape);
}

/** Conv, Relu, MaxPool, Gemm, Softmax: images [2,1,6,6] to the probabilities of three classes. */
export function smallNet(): Graph {
  const b = new GraphBuilder('small');
  const images = b.input('images', 'float32', [2, 1, 6, 6]);
  const relu = b.within('conv1', () => {
    const weight = b.constant(filled([4, 1, 3, 3], 7), 'conv1.weight');
    const bias = b.constant(filled([4], 8), 'conv1.bias');
    return b.op('Relu', [b.op('Conv', [images, weight, bias], { kernel_shape: [3, 3] })], {});
  });
  const probabilities = b.within('fc', () => {
    const pooled = b.op('MaxPool', [relu], { kernel_shape: [2, 2], strides: [2, 2] });
    const flat = b.reshape(pooled, [2, 16]);
    const weight = b.constant(filled([3, 16], 9), 'fc.weight');
    const bias = b.constant(filled([3], 10), 'fc.bias');
    return b.op('Softmax', [b.op('Gemm', [flat, weight, bias], { transB: 1 })], { axis: -1 });
  });
  b.output('probabilities', probabilities);
  return b.finish();
}

/** A symbolic batch, outputs left out at both ends, float and string attributes, training rows of three domains. */
export function trainingGraph(): Graph {
  const b = new GraphBuilder('training');
  const x = b.input('x', 'float32', ['batch', 4]);
  const mask = b.input('mask', 'bool', ['batch', 4]);
  const labels = b.input('labels', 'int64', ['batch']);
  const images = b.input('images', 'float32', [2, 1, 6, 6]);
  const scores = b.op('MaskedDropout', [x, mask], { ratio: 0.1 });
  const [loss, logProbability] = b.multi('SoftmaxCrossEntropyLoss', [scores, labels], { reduction: 'mean' });
  const gradient = b.op('SoftmaxCrossEntropyLossGrad', [b.scalar(1), logProbability, labels], { reduction: 'mean' });
  const kernel = b.constant(filled([1, 1, 3, 3]), 'kernel');
  const convolved = b.op('Conv', [images, kernel], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  const [, weightGradient] = b.multi(
    'ConvGrad',
    [convolved, images, kernel],
    { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
    { outputs: [false, true, false] },
  );
  if (loss) b.output('loss', loss);
  b.output('x_grad', gradient);
  if (weightGradient) b.output('kernel_grad', weightGradient);
  return b.finish();
}
