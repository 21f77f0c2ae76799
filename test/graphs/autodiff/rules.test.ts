/** Every gradient rule against central differences; an operator with a rule and without cases fails. */
import { describe, expect, it } from 'vitest';
import { gradients } from '../../../graphs/autodiff/gradient.ts';
import { rules } from '../../../graphs/autodiff/rules/index.ts';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import { isOpName } from '../../../graphs/ir/ops/index.ts';
import { float32, GraphError, int64, type Value } from '../../../graphs/ir/types.ts';
import { cpuNchwc } from '../../../graphs/targets/cpu-nchwc/index.ts';
import { execute } from '../execute.ts';
import { describeBlocked } from '../processor-targets.ts';
import { checkGradients } from './check.ts';
import { blockedCases, cases } from './gradient-cases.ts';

/** Measured: at most 2e-5 (Pow), and 7e-6 without it. */
const tolerance = 5e-5;

const withRule = Object.keys(rules)
  .filter(isOpName)
  .filter((op) => typeof rules[op] === 'function');

it('has cases for rules only', () => {
  expect(Object.keys(cases).filter((op) => !withRule.some((known) => known === op))).toEqual([]);
});

it.each(withRule)('%s', async (op) => {
  const list = cases[op] ?? [];
  expect(list, `the rule of ${op} has no case in gradient-cases.ts`).not.toHaveLength(0);
  for (const [i, example] of list.entries()) {
    const seed = 1000 * (i + 1);
    const { errors, alone, graph } = await checkGradients(example, seed);
    const what = `case ${i} of ${op}, operands ${JSON.stringify(example.shapes)}, seed ${seed}`;
    expect(
      graph.nodes.map((node) => node.op),
      what,
    ).toContain(op);
    for (const [operand, error] of errors.entries())
      expect(error, `${what}: gradient of operand ${operand} against differences`).toBeLessThan(tolerance);
    expect(alone, `${what}: one gradient alone against the same among all`).toBeLessThan(1e-6);
  }
});

describeBlocked((block) => {
  it.each(Object.entries(blockedCases(block)))('%s', async (name, list) => {
    for (const [i, example] of list.entries()) {
      const seed = 1000 * (i + 1);
      const { errors, lowered } = await checkGradients(example, seed, cpuNchwc(block));
      const what = `case ${i} of ${name}, operands ${JSON.stringify(example.shapes)}, seed ${seed}`;
      const found = lowered.nodes.map(({ op }) => op);
      expect(
        found.filter((op) => op.startsWith('Reorder')),
        what,
      ).not.toEqual([]);
      for (const op of ['Conv', 'ConvTranspose', 'MaxPool', 'GlobalAveragePool', 'BatchNormalization'])
        expect(found, what).not.toContain(op);
      for (const [operand, error] of errors.entries())
        expect(error, `${what}: gradient of operand ${operand} against differences`).toBeLessThan(tolerance);
    }
  });
});

/** A graph with a float32 input x of a shape, and the loss that `build` makes of it. */
function lossOf(shape: readonly number[], build: (b: GraphBuilder, x: Value) => Value) {
  const b = new GraphBuilder('loss');
  const x = b.input('x', 'float32', shape);
  const y = build(b, x);
  return { b, x, loss: y.shape.length === 0 ? y : b.sum(y) };
}

async function gradientAt(
  values: readonly number[],
  shape: readonly number[],
  build: (b: GraphBuilder, x: Value) => Value,
) {
  const { b, x, loss } = lossOf(shape, build);
  const gradient = gradients(b, loss, [x]).get('x');
  if (gradient) b.output('x_grad', gradient);
  return (await execute(b.finish(), { x: float32(values, shape) }))['x_grad'];
}

describe('where there is no difference to take', () => {
  it('Relu has gradient 0 at 0, as in PyTorch', async () => {
    const found = await gradientAt([-1, 0, -0, 1e-30, 2], [5], (b, x) => b.op('Relu', [x], {}));
    expect(found).toEqual([0, 0, 0, 1, 1]);
  });

  it('MaxPool sends it to the first maximum of the window, row by row', async () => {
    const values = [0, 0, 1, 3, 0, 0, 3, 3, 2, 5, -1, -1, 5, 5, -1, -2];
    const found = await gradientAt(values, [1, 1, 4, 4], (b, x) => {
      const [y] = b.multi('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
      return b.op('Mul', [y, b.constant(float32([1, 2, 3, 4], [1, 1, 2, 2]))], {});
    });
    expect(found).toEqual([1, 0, 0, 2, 0, 0, 0, 0, 0, 3, 4, 0, 0, 0, 0, 0]);
  });

  it('none passes through rounding and comparison', async () => {
    const found = await gradientAt([0.5, 1.75], [2], (b, x) => {
      const whole = b.cast(b.cast(x, 'int64'), 'float32');
      const large = b.cast(b.op('Greater', [x, b.scalar(1)], {}), 'float32');
      return b.op('Add', [b.op('Mul', [x, whole], {}), b.op('Mul', [x, large], {})], {});
    });
    expect(found).toEqual([0, 2]);
  });
});

describe('what cannot be differentiated', () => {
  it.each<[string, readonly number[], (b: GraphBuilder, x: Value) => Value, string]>([
    [
      'an operator whose rule nobody wrote',
      [2, 3],
      (b, x) => b.op('ReduceMax', [x], { axes: [1], keepdims: 0 }),
      'ReduceMax: operator ReduceMax cannot be differentiated',
    ],
    ['a path of zero derivatives only', [2], (b, x) => b.op('Sign', [x], {}), "'x' does not influence the loss"],
    [
      'a path through whole numbers only',
      [2],
      (b, x) => b.cast(b.cast(x, 'int64'), 'float32'),
      "'x' does not influence the loss",
    ],
    [
      'a value beside the path',
      [2],
      (b, x) => {
        b.op('Exp', [x], {});
        return b.input('other', 'float32', []);
      },
      "'x' does not influence the loss: no gradient reaches it",
    ],
    [
      'steps over elements',
      [4],
      (b, x) => b.op('Slice', [x, b.ints(0), b.ints(4), b.ints(0), b.ints(2)], {}),
      'Slice: Slice has a gradient for steps of 1 only',
    ],
    [
      'a pool that returns no indices',
      [1, 1, 2, 2],
      (b, x) => b.op('MaxPool', [x], { kernel_shape: [2, 2] }),
      'MaxPool: MaxPool needs its Indices output to have a gradient',
    ],
    [
      'the log-probabilities of the loss',
      [2, 3],
      (b, x) => {
        const [, logs] = b.multi('SoftmaxCrossEntropyLoss', [x, b.constant(int64([0, 1]))], { reduction: 'mean' });
        return logs ?? x;
      },
      'log_prob has no gradient, differentiate the loss only',
    ],
    [
      'batch statistics',
      [2, 3, 1, 1],
      (b, x) => {
        const c = b.constant(float32([1, 1, 1]));
        const [, mean] = b.multi('BatchNormInternal', [x, c, c, c, c], { epsilon: 1e-5, momentum: 0.1 });
        return mean ?? x;
      },
      'statistics have no gradient, differentiate the normalised output only',
    ],
  ])('%s', (_, shape, build, message) => {
    const { b, x, loss } = lossOf(shape, build);
    expect(() => gradients(b, loss, [x])).toThrow(GraphError);
    expect(() => gradients(b, loss, [x])).toThrow(message);
  });
});
