/** What each target computes for the operators that it lowers, against plain loops in double precision. */
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import { elementCount, float32, GraphError, int64, type Tensor, type Value } from '../../../graphs/ir/types.ts';
import { targets } from '../../../graphs/targets/compile.ts';
import { lower, type Target } from '../../../graphs/targets/target.ts';
import { execute, mask, random, relativeError, signed } from '../execute.ts';
import { describeTargets } from '../processor-targets.ts';
import { convCases } from './conv-cases.ts';
import {
  adamw,
  batchNorm,
  batchNormGradient,
  convGradient,
  convolution,
  crossEntropy,
  maxPool,
  maxPoolGradient,
  resultSize,
  type Window,
} from './reference.ts';

type Build = (b: GraphBuilder, ...inputs: readonly Value[]) => readonly (Value | null)[];

/** Runs what `build` makes of the tensors as graph inputs; its values come back in their order. */
async function runOn(
  target: Target,
  tensors: readonly Tensor[],
  build: Build,
): Promise<readonly (readonly number[])[]> {
  const b = new GraphBuilder('operator');
  const inputs = tensors.map(({ dtype, shape }, i) => b.input(`x${i}`, dtype, shape));
  const outputs = build(b, ...inputs);
  outputs.forEach((value, i) => {
    if (value) b.output(`y${i}`, value);
  });
  const found = await execute(b.finish(), Object.fromEntries(tensors.map((tensor, i) => [`x${i}`, tensor])), target);
  return outputs.map((_, i) => found[`y${i}`] ?? []);
}

const square = (size: number) => ({ kernel_shape: [size, size], strides: [size, size] });

/** The gradient of a pool with square windows that tile x. */
function spreadOver(b: GraphBuilder, x: Value, dY: Value, size: number): Value {
  const [, indices] = b.multi('MaxPool', [x], square(size));
  return b.op('MaxPoolGrad', [dY, indices], { ...square(size), input_shape: x.shape.map(Number) });
}

describeTargets((name) => {
  const target = targets[name];
  const run = (tensors: readonly Tensor[], build: Build) => runOn(target, tensors, build);

  describe('Conv', () => {
    type Shape = readonly [number, number, number, number];
    const plain: Window = { kernel: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] };

    it.each<[string, Shape, number, Partial<Window>]>([
      ['channels', [3, 5, 6, 7], 4, { pads: [1, 1, 1, 1] }],
      ['blocks', [3, 16, 6, 7], 32, {}],
      ['blocks, padded', [2, 32, 7, 6], 16, { pads: [1, 1, 1, 1] }],
      ['blocks of 8', [2, 8, 5, 5], 24, {}],
      ['one channel to blocks', [3, 1, 8, 7], 16, { pads: [1, 1, 1, 1] }],
      ['three channels to blocks', [1, 3, 8, 7], 32, {}],
      ['twelve channels to blocks', [2, 12, 5, 6], 16, {}],
      ['blocks to three channels', [2, 16, 5, 6], 3, {}],
      ['blocks, kernels of one element', [2, 16, 4, 5], 16, { kernel: [1, 1] }],
      ['one channel to blocks, kernels of one element', [2, 1, 4, 5], 16, { kernel: [1, 1] }],
      ['blocks, another height than width', [2, 16, 7, 5], 16, { kernel: [5, 2], pads: [2, 0, 1, 1] }],
      ['blocks, strides and dilations', [2, 16, 9, 8], 16, { strides: [2, 1], dilations: [1, 2], pads: [1, 2, 0, 1] }],
    ])('%s, with and without bias', async (_, shape, outputs, change) => {
      const window = { ...plain, ...change };
      const [x, weight] = [random(shape, 81), random([outputs, shape[1], ...window.kernel], 82)];
      const bias = random([outputs], 83);
      const { kernel: kernel_shape, strides, dilations, pads } = window;
      const attributes = { kernel_shape, strides, dilations, pads };
      const found = await run([x, weight, bias], (b, data, kernels, offset) => [
        b.op('Conv', [data, kernels, offset], attributes),
        b.op('Conv', [data, kernels], attributes),
        // Whether or not a target has the convolution do this as well.
        b.op('Relu', [b.op('Conv', [data, kernels, offset], attributes)], {}),
      ]);
      const expected = convolution(x.data, weight.data, bias.data, shape, outputs, window);
      expect(relativeError(found[0], expected)).toBeLessThan(1e-6);
      const bare = convolution(x.data, weight.data, null, shape, outputs, window);
      expect(relativeError(found[1], bare)).toBeLessThan(1e-6);
      const positive = expected.map((value) => Math.max(0, value));
      expect(relativeError(found[2], positive)).toBeLessThan(1e-6);
    });

    it('in groups', async () => {
      const [x, weight] = [random([2, 16, 5, 5], 84), random([32, 8, 3, 3], 85)];
      const [y] = await run([x, weight], (b, data, kernels) => [
        b.op('Conv', [data, kernels], { kernel_shape: [3, 3], group: 2 }),
      ]);
      // Each half of the outputs sees its half of the inputs.
      const half = (group: number) => {
        const inputs = Array.from({ length: 2 }, (_, n) =>
          Array.from(x.data.slice((2 * n + group) * 200, (2 * n + group + 1) * 200)),
        );
        const kernels = weight.data.slice(group * 16 * 72, (group + 1) * 16 * 72);
        return convolution(inputs.flat(), kernels, null, [2, 8, 5, 5], 16, plain);
      };
      const [first, second] = [half(0), half(1)];
      const size = 16 * 9;
      const expected = [0, 1].flatMap((n) => [first, second].flatMap((part) => part.slice(n * size, (n + 1) * size)));
      expect(relativeError(y, expected)).toBeLessThan(1e-6);
    });
  });

  describe('ConvGrad', () => {
    it.each(convCases.map((example) => [example.name, example] as const))('%s', async (_, { geometry: g, data }) => {
      const [rows, columns] = resultSize(g);
      const dY = random([g.images, g.outputs, rows, columns], 1);
      const x = random([g.images, g.inputs, g.height, g.width], 2);
      const weight = random([g.outputs, g.inputs, ...g.kernel], 3);
      const attributes = { kernel_shape: g.kernel, pads: [...g.padding, ...g.padding] };
      const wanted = { outputs: [data, true, true] };
      const [dX, dW, dB] = await run([dY, x, weight], (b, gradient, data, kernels) =>
        b.multi('ConvGrad', [gradient, data, kernels], attributes, wanted),
      );
      const expected = convGradient(dY.data, x.data, weight.data, g);
      if (data) expect(relativeError(dX, expected.dX)).toBeLessThan(1e-6);
      expect(relativeError(dW, expected.dW)).toBeLessThan(2e-6);
      expect(relativeError(dB, expected.dB)).toBeLessThan(1e-6);
    });

    it('says that it is lowered for images only', () => {
      const b = new GraphBuilder('operator');
      const [x, weight] = [b.input('x', 'float32', [2, 4, 9]), b.input('w', 'float32', [4, 4, 3])];
      const attributes = { kernel_shape: [3] };
      const y = b.op('Conv', [x, weight], attributes);
      b.output('x_grad', b.op('ConvGrad', [y, x, weight], attributes));
      const lowered = () => lower(b.finish(), target);
      expect(lowered).toThrow(GraphError);
      expect(lowered).toThrow('ConvGrad: the gradient of a convolution is lowered for two spatial axes, got 1');
    });
  });

  it.each<[string, readonly number[]]>([
    ['a row', [6]],
    ['images', [3, 5, 4, 3]],
    ['images in blocks', [3, 16, 4, 3]],
  ])('Relu and ReluGrad: %s', async (_, shape) => {
    const count = elementCount(shape);
    const x = float32(
      signed(count, 1).map((value, i) => (i % 5 === 0 ? 0 : i % 7 === 0 ? -0 : value)),
      shape,
    );
    const dY = random(shape, 2);
    const [y, dX] = await run([dY, x], (b, gradient, data) => {
      const relu = b.op('Relu', [data], {});
      return [relu, b.op('ReluGrad', [gradient, relu], {})];
    });
    expect(y?.map((value) => value + 0)).toEqual(Array.from(x.data, (value) => Math.max(0, value) + 0));
    expect(dX?.map((value) => value + 0)).toEqual(
      Array.from(x.data, (value, i) => (value > 0 ? (dY.data[i] ?? 0) : 0)),
    );
  });

  describe('MaxPool', () => {
    const pad = (size: number) => [size, size, size, size] as const;
    it.each<[string, readonly [number, number, number, number], Omit<Window, 'dilations'>]>([
      ['windows that tile', [2, 3, 6, 4], { kernel: [2, 2], strides: [2, 2], pads: pad(0) }],
      ['blocks, windows that tile', [2, 16, 6, 4], { kernel: [2, 2], strides: [2, 2], pads: pad(0) }],
      ['blocks, a rest', [2, 16, 5, 7], { kernel: [2, 2], strides: [2, 2], pads: pad(0) }],
      ['blocks, windows that overlap, padded', [1, 32, 6, 5], { kernel: [3, 3], strides: [2, 1], pads: pad(1) }],
      ['blocks, another height than width', [2, 16, 6, 5], { kernel: [3, 2], strides: [1, 1], pads: [1, 0, 0, 1] }],
    ])('%s', async (_, shape, window) => {
      // All numbers are negative: zeros in the padding would be seen.
      const x = float32(
        signed(elementCount(shape), 4).map((value) => Math.round(4 * value) - 5),
        shape,
      );
      const { kernel, strides, pads } = window;
      const [y, indices] = await run([x], (b, data) =>
        b.multi('MaxPool', [data], { kernel_shape: kernel, strides, pads }),
      );
      const [images, channels, height, width] = shape;
      const expected = maxPool(x.data, images * channels, height, width, { ...window, dilations: [1, 1] });
      expect(y).toEqual(expected.y);
      expect(indices).toEqual(expected.indices);
    });
  });

  describe('MaxPoolGrad', () => {
    it.each<[string, readonly [number, number, number, number], number, (value: number) => number]>([
      ['distinct values', [2, 3, 6, 4], 2, (value) => value],
      ['many ties', [3, 2, 8, 8], 2, (value) => Math.max(0, Math.round(2 * value))],
      ['ties everywhere', [1, 2, 4, 4], 2, () => -3],
      ['ties in larger windows', [2, 2, 6, 9], 3, (value) => Math.round(value)],
      ['blocks, distinct values', [2, 16, 6, 4], 2, (value) => value],
      ['blocks, many ties', [3, 16, 8, 6], 2, (value) => Math.max(0, Math.round(2 * value))],
      ['blocks, ties everywhere', [1, 32, 4, 4], 2, () => -3],
      ['blocks, ties in larger windows', [2, 16, 6, 9], 3, (value) => Math.round(value)],
    ])('%s', async (_, shape, size, change) => {
      const [images, channels, height, width] = shape;
      const x = float32(signed(elementCount(shape), 4).map(change), shape);
      const dY = random([images, channels, height / size, width / size], 5);
      const [dX] = await run([x, dY], (b, ...[data, gradient]) =>
        data && gradient ? [spreadOver(b, data, gradient, size)] : [],
      );
      const expected = maxPoolGradient(dY.data, x.data, images * channels, height, width, size);
      expect(dX?.map((value) => value + 0)).toEqual(Array.from(expected));
    });

    it('sends a gradient to one position, whichever of a window are equal', async () => {
      // 256 windows: all ways to put four numbers into four places, so all orders and all ties.
      const [height, width] = [2, 32];
      const x = new Float32Array(16 * height * width);
      for (let pattern = 0; pattern < 256; pattern++)
        for (let place = 0; place < 4; place++) {
          const [channel, column] = [Math.floor(pattern / 16), 2 * (pattern % 16)];
          const digit = Math.floor(pattern / 4 ** place) % 4;
          x[(channel * height + Math.floor(place / 2)) * width + column + (place % 2)] = digit - 2;
        }
      const dY = random([1, 16, 1, 16], 6);
      const [dX] = await run([float32(x, [1, 16, height, width]), dY], (b, data, gradient) =>
        data && gradient ? [spreadOver(b, data, gradient, 2)] : [],
      );
      expect(dX?.map((value) => value + 0)).toEqual(Array.from(maxPoolGradient(dY.data, x, 16, height, width, 2)));
    });

    it.each<[string, readonly [number, number, number, number], Omit<Window, 'dilations'>]>([
      ['overlapping', [2, 3, 7, 6], { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
      ['blocks, overlapping', [2, 16, 7, 5], { kernel: [3, 2], strides: [2, 1], pads: [1, 0, 0, 1] }],
      ['a rest', [1, 2, 5, 7], { kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] }],
    ])('windows of another kind, ties everywhere: %s', async (_, shape, window) => {
      const [images, channels, height, width] = shape;
      const x = float32(
        signed(elementCount(shape), 7).map((value) => Math.round(value) - 2),
        shape,
      );
      const { kernel, strides, pads } = window;
      const pooled = maxPool(x.data, images * channels, height, width, { ...window, dilations: [1, 1] });
      const attributes = { kernel_shape: kernel, strides, pads };
      const sizes = [height, width].map(
        (size, axis) =>
          Math.floor((size + (pads[axis] ?? 0) + (pads[axis + 2] ?? 0) - (kernel[axis] ?? 0)) / (strides[axis] ?? 1)) +
          1,
      );
      const dY = random([images, channels, ...sizes], 8);
      const [dX] = await run([dY, x], (b, gradient, data) => {
        const [, indices] = b.multi('MaxPool', [data], attributes);
        return [b.op('MaxPoolGrad', [gradient, indices], { ...attributes, input_shape: shape })];
      });
      const expected = new Float64Array(x.data.length);
      pooled.indices.forEach((index, i) => {
        expected[index] = (expected[index] ?? 0) + (dY.data[i] ?? 0);
      });
      expect(relativeError(dX, expected)).toBeLessThan(1e-6);
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
      const found = await run(tensors, (b, data, factor, shift, runningMean, runningVariance) =>
        b.multi('BatchNormInternal', [data, factor, shift, runningMean, runningVariance], attributes),
      );
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
      ['blocks', [4, 16, 5, 6], (value) => value],
      ['blocks of 8', [3, 8, 3, 4], (value) => 3 * value],
      ['blocks, one position', [6, 32, 1, 1], (value) => value],
      ['blocks, one image', [1, 16, 3, 3], (value) => value],
      ['blocks, a mean of five deviations', [8, 16, 6, 6], (value) => 2.9 + value],
      // E[x²] - E[x]² loses digits here: the variance is a hundredth of the mean's square.
      ['a mean of ten deviations', [8, 2, 6, 6], (value) => 5.8 + value],
    ])('%s, with the unbiased running variance', async (_, shape, change) => {
      const x = float32(signed(elementCount(shape), 10).map(change), shape);
      const { found, expected } = await normalise(x);
      for (const [i, name] of names.entries())
        expect(relativeError(found[i], expected[i] ?? []), name).toBeLessThan(i === 0 ? 5e-5 : 1e-5);
    });

    it.each([3, 16])('gives a constant channel of %i its offset, and no variance below zero', async (channels) => {
      const shape = [4, channels, 5, 5];
      const isConstant = (i: number) => Math.floor(i / 25) % channels === 1;
      const values = signed(elementCount(shape), 10).map((value, i) => (isConstant(i) ? 0.7 : value));
      const { found, expected, offset } = await normalise(float32(values, shape));
      const [y = [], , variances = []] = found;
      const constant = y.filter((_, i) => isConstant(i));
      expect(constant).toHaveLength(100);
      for (const value of constant) expect(value).toBeCloseTo(offset.data[1] ?? Number.NaN, 3);
      expect(relativeError(variances, expected[2] ?? [])).toBeLessThan(1e-6);
      expect(found.flat().every(Number.isFinite)).toBe(true);
    });

    it('wants more than one element for each channel', async () => {
      await expect(normalise(random([1, 3, 1, 1], 1))).rejects.toThrow('more than one element per channel is needed');
    });
  });

  describe('BatchNormalizationGrad', () => {
    it.each<[string, readonly number[], (value: number) => number]>([
      ['images', [4, 3, 5, 6], (value) => value],
      ['one position', [6, 4, 1, 1], (value) => value],
      ['blocks', [4, 16, 5, 6], (value) => value],
      ['blocks of 8', [3, 8, 4, 3], (value) => 2 * value],
      ['blocks, one position', [6, 32, 1, 1], (value) => value],
      ['blocks, a mean of some deviations', [8, 16, 4, 6], (value) => 2 + value],
    ])('%s', async (_, shape, change) => {
      const [images = 0, channels = 0, ...rest] = shape;
      const x = float32(signed(elementCount(shape), 41).map(change), shape);
      const [dY, scale, zeros] = [random(shape, 42), random([channels], 43), float32(new Float32Array(channels))];
      const epsilon = 1e-5;
      const found = await run([dY, x, scale, zeros], (b, gradient, data, factor, nothing) => {
        const operands = [data, factor, nothing, nothing, nothing] as const;
        const [, , , ...saved] = b.multi('BatchNormInternal', operands, { epsilon, momentum: 0.1 });
        return b.multi('BatchNormalizationGrad', [gradient, data, factor, ...saved], { epsilon });
      });
      const expected = batchNormGradient(dY.data, x.data, scale.data, [images, channels, elementCount(rest)], epsilon);
      for (const [i, name] of ['dX', 'dscale', 'dB'].entries())
        expect(relativeError(found[i], expected[i] ?? []), name).toBeLessThan(1e-5);
    });
  });

  describe('a gradient that a pool has spread', () => {
    it.each([
      [[2, 3, 6, 4], 5],
      [[16, 16, 6, 4], 16],
    ])('is summed before, over the pooled positions, by layers with images %j', async (shape, outputs) => {
      const [images = 0, inputs = 0, height = 0, width = 0] = shape;
      const result = [images, outputs, height, width];
      const pooled = random([images, outputs, height / 2, width / 2], 51);
      const [z, x, weight] = [random(result, 52), random(shape, 53), random([outputs, inputs, 3, 3], 54)];
      const [scale, zeros] = [random([outputs], 55), float32(new Float32Array(outputs))];
      const found = await run([pooled, z, x, weight, scale, zeros], (b, dY, data, under, kernels, factor, nothing) => {
        if (!dY || !data) return [];
        const spread = spreadOver(b, data, dY, 2);
        const convolved = b.multi('ConvGrad', [spread, under, kernels], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
        const [, , , ...saved] = b.multi('BatchNormInternal', [data, factor, nothing, nothing, nothing], {
          epsilon: 1e-5,
          momentum: 0.1,
        });
        return [
          ...convolved,
          ...b.multi('BatchNormalizationGrad', [spread, data, factor, ...saved], { epsilon: 1e-5 }),
        ];
      });
      const dZ = maxPoolGradient(pooled.data, z.data, images * outputs, height, width, 2);
      const { dX, dW, dB } = convGradient(dZ, x.data, weight.data, {
        images,
        inputs,
        outputs,
        height,
        width,
        kernel: [3, 3],
        padding: [1, 1],
      });
      const normalized = batchNormGradient(dZ, z.data, scale.data, [images, outputs, height * width], 1e-5);
      for (const [i, expected] of [dX, dW, dB, ...normalized].entries())
        expect(relativeError(found[i], expected), `output ${i}`).toBeLessThan(1e-5);
    });
  });

  it.each([[[4, 5]], [[2, 5, 3, 4]], [[2, 16, 3, 5]]])(
    'MaskedDropout keeps where the mask of %j says so, and scales',
    async (shape) => {
      const [data, keep] = [random(shape, 1), mask(shape, 2)];
      const [y] = await run([data, keep], (b, x, m) => [b.op('MaskedDropout', [x, m], { ratio: 0.25 })]);
      const expected = Array.from(data.data, (value, i) => (keep.data[i] === 1 ? value / 0.75 : 0));
      expect(keep.data).toContain(0);
      expect(relativeError(y, expected)).toBeLessThan(1e-7);
    },
  );

  it.each([[[3, 5, 4, 3]], [[3, 16, 4, 3]], [[2, 32, 1, 1]], [[2, 5, 3]]])('GlobalAveragePool of %j', async (shape) => {
    const x = random(shape, 61);
    const [y] = await run([x], (b, data) => [b.op('GlobalAveragePool', [data], {})]);
    const area = elementCount(shape.slice(2));
    const expected = Array.from({ length: elementCount(shape) / area }, (_, i) => {
      const values = x.data.slice(i * area, (i + 1) * area);
      return values.reduce((sum, value) => sum + value, 0) / area;
    });
    expect(relativeError(y, expected)).toBeLessThan(1e-6);
  });

  describe('Expand', () => {
    it.each<[readonly number[], readonly number[]]>([
      [
        [2, 5, 1, 1],
        [2, 5, 3, 4],
      ],
      [
        [2, 16, 1, 1],
        [2, 16, 3, 4],
      ],
      [
        [2, 16, 1, 1],
        [2, 16, 1, 1],
      ],
      [
        [1, 16, 1, 1],
        [2, 16, 3, 4],
      ],
      [
        [16, 1, 1],
        [2, 16, 3, 4],
      ],
      [
        [2, 1, 1, 1],
        [2, 16, 3, 4],
      ],
      [[], [2, 16, 3, 4]],
    ])('%j to %j', async (from, to) => {
      const x = random(from, 71);
      const [y] = await run([x], (b, data) => [b.op('Expand', [data, b.ints(...to)], {})]);
      const padded = [...to.map(() => 1).slice(from.length), ...from];
      const expected = Array.from({ length: elementCount(to) }, (_, i) => {
        let [rest, place, step] = [i, 0, 1];
        for (let axis = to.length - 1; axis >= 0; axis--) {
          const size = to[axis] ?? 1;
          if (padded[axis] !== 1) place += (rest % size) * step;
          step *= padded[axis] ?? 1;
          rest = Math.floor(rest / size);
        }
        return x.data[place];
      });
      expect(y).toEqual(expected);
    });

    it('keeps whole numbers whole', async () => {
      const x = int64(Array.from({ length: 32 }, (_, i) => i + 2 ** 40));
      const [y] = await run([x], (b, data) => [
        data && b.op('Expand', [b.reshape(data, [2, 16, 1, 1]), b.ints(2, 16, 2, 1)], {}),
      ]);
      expect(y).toEqual(Array.from({ length: 64 }, (_, i) => Math.floor(i / 2) + 2 ** 40));
    });
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
        const [value, logs] = b.multi('SoftmaxCrossEntropyLoss', [x, y], reduction);
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
    const found = await run(tensors, (b, rate, t, p, g, m, v) =>
      b.multi('AdamWOptimizer', [rate, t, p, g, m, v], constants),
    );
    const expected = adamw([weight.data, gradient.data, first.data, second.data], Math.fround(0.01), step, constants);
    for (const [i, numbers] of expected.entries()) expect(relativeError(found[i], numbers)).toBeLessThan(2e-7);
  });
});
