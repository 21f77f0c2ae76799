/** The walk: accumulation, broadcasting, names. The rules have their own test. */
import { expect, it } from 'vitest';
import { gradients } from '../../../graphs/autodiff/gradient.ts';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import { printGraph } from '../../../graphs/ir/print.ts';
import { float32, GraphError } from '../../../graphs/ir/types.ts';
import { validate } from '../../../graphs/ir/validate.ts';
import { execute } from '../execute.ts';

it('adds what arrives along all paths, also twice by one node', async () => {
  const b = new GraphBuilder('diamond');
  const x = b.input('x', 'float32', [3]);
  const square = b.op('Mul', [x, x], {});
  const loss = b.sum(b.op('Add', [b.op('Mul', [square, x], {}), square], {}));
  const gradient = gradients(b, loss, [x]).get('x');
  if (gradient) b.output('x_grad', gradient);
  const { x_grad } = await execute(b.finish(), { x: float32([-1, 0.5, 2]) });
  // d(x³ + x²) = 3x² + 2x
  expect(x_grad).toEqual([1, 1.75, 16]);
});

it('derives by values inside the graph, and by the loss itself', async () => {
  const b = new GraphBuilder('inside');
  const x = b.input('x', 'float32', [2]);
  const hidden = b.op('Exp', [x], {});
  const loss = b.sum(b.op('Mul', [hidden, hidden], {}));
  const gradientOf = gradients(b, loss, [hidden, loss]);
  for (const [name, gradient] of gradientOf) b.output(`${name}_grad`, gradient);
  const found = await execute(b.finish(), { x: float32([0, 0]) });
  expect(found).toEqual({ [`${hidden.name}_grad`]: [2, 2], [`${loss.name}_grad`]: [1] });
});

it('names the nodes below the layer that they derive, and computes only what is asked for', () => {
  const b = new GraphBuilder('names');
  const x = b.input('x', 'float32', [2, 3]);
  const weight = b.input('fc.weight', 'float32', [4, 3]);
  const y = b.within('fc', () => b.op('Gemm', [x, weight], { transB: 1 }));
  const loss = b.within('loss', () => b.sum(b.op('Relu', [y], {})));
  const gradient = gradients(b, loss, [weight]).get('fc.weight');
  if (gradient) b.output('fc.weight_grad', gradient);
  expect(printGraph(validate(b.finish()))).toMatchInlineSnapshot(`
    "graph names
      input float32[2,3] %x
      input float32[4,3] %fc.weight
      output float32[4,3] %fc.weight_grad
      constant float32[] %1:float32 = 1
      constant int64[2] %[1,1]:int64 = [1,1]
      constant int64[2] %[2,4]:int64 = [2,4]
      fc/Gemm: float32[2,4] %fc/Gemm_output = Gemm(%x, %fc.weight) transB=1
      loss/Relu: float32[2,4] %loss/Relu_output = Relu(%fc/Gemm_output)
      loss/ReduceSum: float32[] %loss/ReduceSum_output = ReduceSum(%loss/Relu_output) keepdims=0
      loss/Reshape: float32[1,1] %loss/Reshape_output = Reshape(%1:float32, %[1,1]:int64)
      loss/Expand: float32[2,4] %loss/Expand_output = Expand(%loss/Reshape_output, %[2,4]:int64)
      loss/ReluGrad: float32[2,4] %loss/ReluGrad_output = ReluGrad(%loss/Expand_output, %loss/Relu_output)
      fc/Gemm_1: float32[4,3] %fc.weight_grad = Gemm(%loss/ReluGrad_output, %x) transA=1 transB=0"
  `);
});

it('wants a scalar loss', () => {
  const b = new GraphBuilder('vector');
  const x = b.input('x', 'float32', [3]);
  expect(() => gradients(b, x, [x])).toThrow(GraphError);
  expect(() => gradients(b, x, [x])).toThrow('the loss must be a scalar, got float32[3]');
});
