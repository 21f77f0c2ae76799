import { expect, it } from 'vitest';
import { toFloat16 } from '../../../graphs/export/float16.ts';
import { foldBatchNorm } from '../../../graphs/export/fold-batch-norm.ts';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import { scopeOf } from '../../../graphs/ir/graph.ts';
import { fromHalf, toHalf } from '../../../graphs/ir/half.ts';
import { float32, formatType } from '../../../graphs/ir/types.ts';
import { validate } from '../../../graphs/ir/validate.ts';
import { graphOf, largestDifference, pixels, run } from './support.ts';

it('every half survives the way to a number and back', () => {
  for (let bits = 0; bits < 2 ** 16; bits++) {
    const number = fromHalf(bits);
    if (Number.isNaN(number)) expect(toHalf(number) & 0x7fff).toBe(0x7e00);
    else if (toHalf(number) !== bits) expect(toHalf(number)).toBe(bits);
  }
});

it('rounds to the nearest half, ties to even', () => {
  for (let bits = 0; bits < 0x7bff; bits++) {
    const middle = (fromHalf(bits) + fromHalf(bits + 1)) / 2;
    const even = bits % 2 === 0 ? bits : bits + 1;
    if (toHalf(middle) !== even) expect(toHalf(middle), String(middle)).toBe(even);
  }
});

it.each([
  [65504, 0x7bff],
  [65519.99, 0x7bff],
  [65520, 0x7c00],
  [-1e30, 0xfc00],
  [-0, 0x8000],
  [2 ** -24, 1],
  [2 ** -26, 0],
  [1, 0x3c00],
])('%f is %x', (number, bits) => {
  expect(toHalf(number)).toBe(bits);
});

it('computes in halves between float32 ends', async () => {
  for (const model of ['m1', 'm2'] as const) {
    const graph = foldBatchNorm(graphOf(model, { input: 'bytes', output: 'both' }));
    const half = validate(toFloat16(graph, (node) => ['normalize', 'probabilities'].includes(scopeOf(node))));
    expect(half.inputs.map(formatType)).toEqual(['uint8[batch,1,28,28]']);
    expect(half.outputs.map((output) => `${output.name} ${formatType(output)}`)).toEqual([
      'logits float32[batch,10]',
      'probabilities float32[batch,10]',
    ]);
    const weight = half.initializers.find(({ value }) => value.name === 'fc1.weight');
    expect(weight?.tensor.dtype).toBe('float16');
    const difference = largestDifference(await run(graph, pixels(4)), await run(half, pixels(4)));
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(5e-3);
  }
});

it('refuses a constant that is too large, by name', () => {
  const b = new GraphBuilder('large');
  b.output('y', b.op('Mul', [b.input('x', 'float32', [1]), b.constant(float32([1e5]), 'scale')], {}));
  expect(() => toFloat16(b.finish(), () => false)).toThrow("'scale' holds 100000, which float16");
});
