/** What the portable target computes for each training operator, against plain loops in double precision. */
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import { elementCount, float32, GraphError, int64, type Tensor, type Value } from '../../../graphs/ir/types.ts';
import { portable } from '../../../graphs/targets/portable/index.ts';
import { lower } from '../../../graphs/targets/target.ts';
import { execute, mask, random, relativeError, signed } from '../execute.ts';
import {
  adamw,
  batchNorm,
  type ConvGeometry,
  convGradient,
  crossEntropy,
  maxPoolGradient,
  resultSize,
} from './reference.ts';

/** Runs what `build` makes of the tensors as graph inputs; its values come back in their order. */
async function run(
  tensors: readonly Tensor[],
  build: (b: GraphBuilder, ...inputs: readonly Value[]) => readonly (Value | null)[],
): Promise<readonly (readonly number[])[]> {
  const b = new GraphBuilder('operator');
  const inputs = tensors.map(({ dtype, shape }, i) => b.input(`x${i}`, dtype, shape));
  const outputs = build(b, ...inputs);
  outputs.forEach((value, i) => {
    if (value) b.output(`y${i}`, value);
  });
  const found = await execute(b.finish(), Object.fromEntries(tensors.map((tensor, i) => [`x${i}`, tensor])));
  return outputs.map((_, i) => found[`y${i}`] ?? []);
}

describe('ConvGrad', () => {
  const geometry = (
    [images, inputs, height, width]: readonly [number, number, number, number],
    outputs: number,
    kernel: readonly [number, number],
    padding: readonly [number, number],
  ): ConvGeometry => ({ images, inputs, outputs, height, width, kernel, padding });

  it.each<[string, ConvGeometry]>([
    ['one channel', geometry([3, 1, 9, 8], 5, [3, 3], [0, 0])],
    ['one channel, padded', geometry([3, 1, 7, 7], 5, [3, 3], [1, 1])],
    ['channels', geometry([4, 6, 8, 9], 5, [3, 3], [0, 0])],
    ['channels, padded', geometry([4, 17, 7, 7], 16, [3, 3], [1, 1])],
    ['one image, one output', geometry([1, 2, 5, 5], 1, [3, 3], [1, 1])],
    ['a kernel as large as the image', geometry([2, 3, 4, 4], 2, [4, 4], [0, 0])],
    ['kernels of one element', geometry([2, 3, 4, 5], 4, [1, 1], [0, 0])],
    ['another height than width', geometry([2, 2, 6, 5], 3, [5, 2], [2, 0])],
    ['more padding than the kernel reaches over', geometry([2, 2, 3, 4], 2, [1, 2], [1, 2])],
  ])('%s', async (_, g) => {
    const [rows, columns] = resultSize(g);
    const dY = random([g.images, g.outputs, rows, columns], 1);
    const x = random([g.images, g.inputs, g.height, g.width], 2);
    const weight = random([g.outputs, g.inputs, ...g.kernel], 3);
    const attributes = { kernel_shape: g.kernel, pads: [...g.padding, ...g.padding] };
    const [dX, dW, dB] = await run([dY, x, weight], (b, ...inputs) => b.multi('ConvGrad', inputs, attributes));
    const expected = convGradient(dY.data, x.data, weight.data, g);
    expect(relativeError(dX, expected.dX)).toBeLessThan(1e-6);
    expect(relativeError(dW, expected.dW)).toBeLessThan(2e-6);
    expect(relativeError(dB, expected.dB)).toBeLessThan(1e-6);
  });

  it.each([{ strides: [2, 2] }, { dilations: [1, 2] }, { pads: [1, 0, 0, 0] }, { group: 2 }])(
    'says what it does not do: %j',
    (extra) => {
      const b = new GraphBuilder('operator');
      const x = b.input('x', 'float32', [2, 4, 9, 9]);
      const weight = b.input('w', 'float32', [4, extra.group ? 2 : 4, 3, 3]);
      const attributes = { kernel_shape: [3, 3], ...extra };
      const y = b.op('Conv', [x, weight], attributes);
      b.output('x_grad', b.op('ConvGrad', [y, x, weight], attributes));
      const lowered = () => lower(b.finish(), portable);
      expect(lowered).toThrow(GraphError);
      expect(lowered).toThrow(
        /^ConvGrad: the gradient of a convolution is lowered for two spatial axes, stride 1, .* got \{"kernel_shape":\[3,3\],"/,
      );
    },
  );
});

it('ReluGrad', async () => {
  const [dX] = await run([float32([1, 2, -3, 4]), float32([0.5, 0, 2, -0])], (b, dY, y) => [
    b.op('ReluGrad', [dY, y], {}),
  ]);
  expect(dX).toEqual([1, 0, -3, 0]);
});

describe('MaxPoolGrad', () => {
  const pooled = (b: GraphBuilder, x: Value, dY: Value, size: number) => {
    const window = { kernel_shape: [size, size], strides: [size, size] };
    const [, indices] = b.multi('MaxPool', [x], window);
    return [b.op('MaxPoolGrad', [dY, indices], { ...window, input_shape: x.shape.map(Number) })];
  };

  it.each<[string, readonly [number, number, number, number], number, (value: number) => number]>([
    ['distinct values', [2, 3, 6, 4], 2, (value) => value],
    ['many ties', [3, 2, 8, 8], 2, (value) => Math.max(0, Math.round(2 * value))],
    ['ties everywhere', [1, 2, 4, 4], 2, () => -3],
    ['ties in larger windows', [2, 2, 6, 9], 3, (value) => Math.round(value)],
  ])('%s', async (_, shape, size, change) => {
    const [images, channels, height, width] = shape;
    const x = float32(signed(elementCount(shape), 4).map(change), shape);
    const dY = random([images, channels, height / size, width / size], 5);
    const [dX] = await run([x, dY], (b, ...[data, gradient]) =>
      data && gradient ? pooled(b, data, gradient, size) : [],
    );
    const expected = maxPoolGradient(dY.data, x.data, images * channels, height, width, size);
    expect(dX?.map((value) => value + 0)).toEqual(Array.from(expected));
  });

  it('says what it does not do', () => {
    const b = new GraphBuilder('operator');
    const window = { kernel_shape: [3, 3], strides: [2, 2] };
    const [y, indices] = b.multi('MaxPool', [b.input('x', 'float32', [1, 1, 5, 5])], window);
    b.output('x_grad', b.op('MaxPoolGrad', [y, indices], { ...window, input_shape: [1, 1, 5, 5] }));
    expect(() => lower(b.finish(), portable)).toThrow(
      /^MaxPoolGrad: the gradient of max-pool is lowered for .* got \{/,
    );
  });
});

describe('BatchNormInternal', () => {
  const names = ['Y', 'running_mean', 'running_var', 'saved_mean', 'saved_inv_std'];
  const normalise = async (x: Tensor & { dtype: 'float32' }, epsilon = 1e-5) => {
    const [images = 0, channels = 0, ...rest] = x.shape;
    const [scale, offset, mean] = [random([channels], 11), random([channels], 12), random([channels], 13)];
    const variance = float32(signed(channels, 14).map((value) => value + 2));
    const tensors = [x, scale, offset, mean, variance];
    const attributes = { epsilon, momentum: 0.1 };
    const found = await run(tensors, (b, ...inputs) => b.multi('BatchNormInternal', inputs, attributes));
    const size = [images, channels, elementCount(rest)] as const;
    const running = { mean: mean.data, variance: variance.data };
    const expected = batchNorm(x.data, scale.data, offset.data, running, size, epsilon, 0.1);
    return { found, expected, offset };
  };

  it.each<[string, readonly number[], (value: number) => number]>([
    ['images', [4, 3, 5, 6], (value) => value],
    ['one channel', [5, 1, 3, 3], (value) => 3 * value],
    ['one position', [6, 4, 1, 1], (value) => value],
    ['one image', [1, 4, 3, 3], (value) => value],
    // E[x²] - E[x]² loses digits here: the variance is a hundredth of the mean's square.
    ['a mean of ten deviations', [8, 2, 6, 6], (value) => 5.8 + value],
  ])('%s, with the unbiased running variance', async (_, shape, change) => {
    const x = float32(signed(elementCount(shape), 10).map(change), shape);
    const { found, expected } = await normalise(x);
    for (const [i, name] of names.entries())
      expect(relativeError(found[i], expected[i] ?? []), name).toBeLessThan(i === 0 ? 5e-5 : 1e-5);
  });

  it('gives a constant channel its offset, and no variance below zero', async () => {
    const shape = [4, 3, 5, 5];
    const values = signed(elementCount(shape), 10).map((value, i) => (Math.floor(i / 25) % 3 === 1 ? 0.7 : value));
    const { found, expected, offset } = await normalise(float32(values, shape));
    const [y = [], , variances = []] = found;
    const constant = y.filter((_, i) => Math.floor(i / 25) % 3 === 1);
    for (const value of constant) expect(value).toBeCloseTo(offset.data[1] ?? Number.NaN, 3);
    expect(relativeError(variances, expected[2] ?? [])).toBeLessThan(1e-6);
    expect(found.flat().every(Number.isFinite)).toBe(true);
  });

  it('wants more than one element for each channel', async () => {
    await expect(normalise(random([1, 3, 1, 1], 1))).rejects.toThrow('more than one element per channel is needed');
  });
});

it('MaskedDropout keeps where the mask says so, and scales', async () => {
  const [data, keep] = [random([4, 5], 1), mask([4, 5], 2)];
  const [y] = await run([data, keep], (b, x, m) => [b.op('MaskedDropout', [x, m], { ratio: 0.25 })]);
  const expected = Array.from(data.data, (value, i) => (keep.data[i] === 1 ? value / 0.75 : 0));
  expect(keep.data).toContain(0);
  expect(relativeError(y, expected)).toBeLessThan(1e-7);
});

describe('SoftmaxCrossEntropyLoss', () => {
  it.each<[string, number]>([
    ['scores of a fresh network', 1],
    ['scores of a sure network', 30],
    ['scores that overflow an exponential', 1000],
  ])('and its gradient: %s', async (_, size) => {
    const scores = float32(
      signed(7 * 10, 21).map((value) => size * value),
      [7, 10],
    );
    const labels = [3, 0, 9, 1, 1, 5, 8];
    const tensors: readonly Tensor[] = [scores, int64(labels), float32([0.5], [])];
    const [loss, logProb, dScores] = await run(tensors, (b, x, y, dLoss) => {
      const reduction = { reduction: 'mean' };
      const [value = null, logs = null] = b.multi('SoftmaxCrossEntropyLoss', [x, y], reduction);
      return [value, logs, b.op('SoftmaxCrossEntropyLossGrad', [dLoss, logs, y], reduction)];
    });
    const expected = crossEntropy(scores.data, labels, 10, 0.5);
    expect(relativeError(loss, [expected.loss])).toBeLessThan(1e-6);
    expect(relativeError(logProb, expected.logProb)).toBeLessThan(1e-6);
    expect(relativeError(dScores, expected.dScores)).toBeLessThan(1e-5);
  });
});

it.each([
  { step: 1, weight_decay: 0 },
  { step: 1, weight_decay: 0.01 },
  { step: 1000, weight_decay: 0.1 },
  // The corrections are 1 but for the last digits.
  { step: 100_000, weight_decay: 0 },
])('AdamWOptimizer: %j', async ({ step, weight_decay }) => {
  const shape = [3, 4];
  const [weight, gradient, first] = [random(shape, 31), random(shape, 32), random(shape, 33)];
  const second = float32(
    signed(12, 34).map((value) => value ** 2),
    shape,
  );
  const constants = { alpha: 0.9, beta: 0.999, epsilon: 1e-8, weight_decay };
  const tensors = [float32([0.01]), int64([step]), weight, gradient, first, second];
  const found = await run(tensors, (b, ...inputs) => b.multi('AdamWOptimizer', inputs, constants));
  const expected = adamw([weight.data, gradient.data, first.data, second.data], Math.fround(0.01), step, constants);
  for (const [i, numbers] of expected.entries()) expect(relativeError(found[i], numbers)).toBeLessThan(2e-7);
});
