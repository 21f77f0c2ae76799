/** How much of an int8 file is float32 after all: what its warning is about. */
import { expect, it } from 'vitest';
import { GraphBuilder } from '../../graphs/ir/builder.ts';
import { float32 } from '../../graphs/ir/types.ts';
import { floatShare } from '../../src/export/write-onnx.ts';

it('counts the numbers of constants by their type', () => {
  const b = new GraphBuilder('weights');
  b.output('empty', b.input('x', 'float32', [1]));
  expect(floatShare(b.finish())).toBe(0);
  b.constant(float32([1, 2, 3]));
  b.constant({ dtype: 'int8', shape: [9], data: new Int8Array(9) });
  expect(floatShare(b.finish())).toBe(0.25);
});
