import { describe, expect, it } from 'vitest';
import { foldBatchNorm } from '../../../graphs/export/fold-batch-norm.ts';
import { quantize, type ValueRange, valuesToCalibrate } from '../../../graphs/export/quantize.ts';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import { removeDeadCode } from '../../../graphs/ir/passes/dead-code.ts';
import { runPasses } from '../../../graphs/ir/passes/run.ts';
import { float32, type Value } from '../../../graphs/ir/types.ts';
import { validate } from '../../../graphs/ir/validate.ts';
import { random } from '../execute.ts';
import { graphOf, largestDifference, pixels, run } from './support.ts';

const folded = (model: 'm1' | 'm2') => runPasses(graphOf(model), [foldBatchNorm, removeDeadCode]);
const wide = (names: readonly string[]) =>
  new Map(names.map((name): [string, ValueRange] => [name, { min: -3, max: 3 }]));

it('asks for the data of every heavy operator once, and not for what only moves', () => {
  expect(valuesToCalibrate(graphOf('m1')).map(({ name }) => name)).toEqual([
    'normalize/Div_1_output',
    'relu1/Relu_output',
    'relu2/Relu_output',
    'relu3/Relu_output',
  ]);
});

describe.each(['m1', 'm2'] as const)('%s', (model) => {
  const graph = folded(model);
  const names = valuesToCalibrate(graph).map(({ name }) => name);
  const whole = validate(quantize(graph, wide(names)));

  it('holds int8 weights per channel, up to 64, and int32 biases', () => {
    const tensors = new Map(whole.initializers.map(({ value, tensor }) => [value.name, tensor]));
    for (const node of graph.nodes.filter(({ op }) => op === 'Conv' || op === 'Gemm')) {
      const [, weight, bias] = node.inputs.map((input) => tensors.get(`${input?.name}_quantized`));
      if (weight?.dtype !== 'int8') throw new Error(`${node.name} has no int8 weight`);
      expect(weight.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)).toBe(64);
      expect(bias?.dtype).toBe('int32');
      expect(tensors.get(`${node.inputs[1]?.name}_scale`)?.shape).toEqual([weight.shape[0]]);
    }
    expect(whole.initializers.some(({ value }) => value.name === 'fc1.weight')).toBe(false);
  });

  it('gives nearly the logits of float32', async () => {
    const [expected, found] = [await run(graph, pixels(8)), await run(whole, pixels(8))];
    const spread = Math.max(...expected) - Math.min(...expected);
    expect(largestDifference(expected, found)).toBeLessThan(0.1 * spread);
  });
});

it('a pool has the scale of its data', () => {
  const names = valuesToCalibrate(graphOf('m1')).map(({ name }) => name);
  const pairs = quantize(graphOf('m1'), wide(names)).nodes.filter(({ op }) => op === 'QuantizeLinear');
  const scales = pairs.map(({ inputs: [data, scale] }) => [data?.name, scale?.name]);
  expect(scales).toContainEqual(['pool/MaxPool.0_output', 'relu2/Relu_output_scale']);
  expect(scales).toContainEqual(['flatten/Flatten_output', 'relu2/Relu_output_scale']);
});

it('refuses a value without a range, and one whose range is not finite', () => {
  const graph = graphOf('m1');
  expect(() => quantize(graph, new Map())).toThrow("cannot quantize 'normalize/Div_1_output': it has no range");
  const endless = new Map([['normalize/Div_1_output', { min: 0, max: Number.POSITIVE_INFINITY }]]);
  expect(() => quantize(graph, endless)).toThrow("cannot quantize 'normalize/Div_1_output'");
});

it('refuses weights that are no constants, by layer', () => {
  const b = new GraphBuilder('free');
  const [x, w] = [b.input('x', 'float32', [1, 4]), b.input('w', 'float32', [2, 4])];
  b.output(
    'y',
    b.within('fc', () => b.op('Gemm', [x, w], { transB: 1 })),
  );
  expect(() => quantize(b.finish(), wide(['x']))).toThrow('cannot quantize fc/Gemm (Gemm)');
});

it('keeps the bias of a channel without weights', async () => {
  const b = new GraphBuilder('dead');
  const x = b.reshape(b.cast(b.input('images', 'uint8', [1, 1, 28, 28]), 'float32'), [1, 784]);
  const weight = b.constant({ dtype: 'float32', shape: [2, 784], data: new Float32Array(1568) }, 'weight');
  b.output('y', b.op('Gemm', [x, weight, b.constant(float32([5, -7]), 'bias')], { transB: 1 }));
  const graph = b.finish();
  const [data] = valuesToCalibrate(graph);
  const whole = quantize(graph, new Map([[data?.name ?? '', { min: 0, max: 255 }]]));
  const found = await run(whole, pixels(1), 17, 'y');
  expect(found[0]).toBeCloseTo(5, 5);
  expect(found[1]).toBeCloseTo(-7, 5);
});

it('leaves tokens and reshaped parameters in float32, and asks for no range of theirs', () => {
  const b = new GraphBuilder('tokens');
  const x = b.input('x', 'float32', ['batch', 1, 4, 4]);
  const patches = b.op('Conv', [x, b.constant(random([3, 1, 2, 2], 1), 'w')], {
    kernel_shape: [2, 2],
    strides: [2, 2],
  });
  const offset = b.reshape(b.constant(random([3], 2), 'offset'), [3, 1, 1]);
  const lying = b.op('Reshape', [b.add(patches, offset), b.ints(0, 3, 4)], {});
  const tokens = b.op('Transpose', [lying], { perm: [0, 2, 1] });
  const row = b.op('Flatten', [b.op('Softmax', [tokens], { axis: 2 })], { axis: 1 });
  b.output('logits', b.op('Gemm', [row, b.constant(random([2, 12], 3), 'head')], { transB: 1 }));
  const graph = b.finish();
  expect(valuesToCalibrate(graph).map(({ name }) => name)).toEqual(['x', row.name]);
  const range = { min: -1, max: 1 };
  const whole = quantize(
    graph,
    new Map([
      ['x', range],
      [row.name, range],
    ]),
  );
  // Two of data; weights are whole already.
  expect(whole.nodes.filter(({ op }) => op === 'QuantizeLinear')).toHaveLength(2);
});

it('stores the matrices of tokens as whole numbers, turned, cut and used again, and multiplies in float32', async () => {
  const b = new GraphBuilder('products');
  const x = b.reshape(b.cast(b.input('images', 'uint8', [1, 1, 28, 28]), 'float32'), [1, 28, 28]);
  const light = b.mul(x, b.scalar(1 / 255));
  const both = b.constant(random([56, 28], 1), 'both.weight');
  const first = b.op('Slice', [both, b.ints(0), b.ints(28), b.ints(0), b.ints(1)], {});
  const second = b.op('Slice', [both, b.ints(28), b.ints(56), b.ints(0), b.ints(1)], {});
  const turned = (value: Value) => b.op('Transpose', [value], { perm: [1, 0] });
  const keys = b.op('MatMul', [b.op('MatMul', [light, turned(first)], {}), turned(second)], {});
  const plain = b.constant(random([28, 5], 2), 'plain.weight');
  b.output('y', b.op('MatMul', [b.op('Sigmoid', [keys], {}), plain], {}));
  const graph = b.finish();
  expect(valuesToCalibrate(graph)).toEqual([]);
  const whole = validate(runPasses(quantize(graph, new Map()), [removeDeadCode]));
  const stored = new Map(whole.initializers.map(({ value, tensor }) => [value.name, tensor]));
  expect(stored.get('both.weight_quantized')).toMatchObject({ dtype: 'int8', shape: [56, 28] });
  expect(stored.get('both.weight_scale')?.shape).toEqual([56]);
  expect(stored.get('plain.weight_quantized')).toMatchObject({ dtype: 'int8', shape: [28, 5] });
  expect(stored.get('plain.weight_scale')?.shape).toEqual([5]);
  expect([stored.has('both.weight'), stored.has('plain.weight')]).toEqual([false, false]);
  const [expected, found] = [await run(graph, pixels(1), 17, 'y'), await run(whole, pixels(1), 17, 'y')];
  expect(largestDifference(expected, found)).toBeLessThan(0.05);
});

it('quantizes a layer that is used twice for each of its data', async () => {
  const b = new GraphBuilder('again');
  const x = b.reshape(b.cast(b.input('images', 'uint8', [1, 1, 28, 28]), 'float32'), [1, 784]);
  const narrow = b.constant(random([4, 784], 1), 'narrow');
  const [weight, bias] = [b.constant(random([4, 4], 2), 'same.weight'), b.constant(random([4], 3), 'same.bias')];
  const same = (data: Value) => b.op('Gemm', [data, weight, bias], { transB: 1 });
  b.output('y', same(b.op('Sigmoid', [same(b.op('Gemm', [x, narrow], { transB: 1 }))], {})));
  const graph = b.finish();
  const [images = '', ...others] = valuesToCalibrate(graph).map(({ name }) => name);
  const ranges = new Map([...wide(others), [images, { min: 0, max: 255 }] as const]);
  const names = quantize(graph, ranges).initializers.map(({ value }) => value.name);
  expect(names).toEqual(
    expect.arrayContaining(['same.weight_quantized', 'same.weight_2_quantized', 'same.bias_2_scale']),
  );
  validate(quantize(graph, ranges));
});
