import { describe, expect, expectTypeOf, it } from 'vitest';
import { expectType, GraphBuilder } from '../../../graphs/ir/builder.ts';
import { inferTypes, macsOf } from '../../../graphs/ir/infer.ts';
import type { ChosenOf, OperandsOf, ResultsOf } from '../../../graphs/ir/ops/index.ts';
import { printGraph } from '../../../graphs/ir/print.ts';
import { float32, GraphError, int64, type Value } from '../../../graphs/ir/types.ts';
import { validate } from '../../../graphs/ir/validate.ts';
import { smallNet } from './fixtures.ts';

describe('names', () => {
  it('are the same for the same calls', () => {
    expect(printGraph(smallNet())).toBe(printGraph(smallNet()));
  });

  it('carry the layer, and count where they repeat', () => {
    const b = new GraphBuilder('names');
    const x = b.input('x', 'float32', [2]);
    const names = b.within('stages', () =>
      b.within('0', () => [b.op('Relu', [x], {}), b.op('Relu', [x], {}), b.op('Relu', [x], {})]),
    );
    b.op('Relu', [x], {});
    expect(b.nodes.map(({ name }) => name)).toEqual(['stages/0/Relu', 'stages/0/Relu_1', 'stages/0/Relu_2', 'Relu']);
    expect(names[1]).toEqual({ name: 'stages/0/Relu_1_output', dtype: 'float32', shape: [2] });
  });

  it('return to the outer layer, also when a layer throws', () => {
    const b = new GraphBuilder('names');
    const x = b.input('x', 'float32', [2]);
    expect(() =>
      b.within('broken', () => {
        throw new Error('no layer');
      }),
    ).toThrow('no layer');
    expect(b.op('Relu', [x], {}).name).toBe('Relu_output');
  });

  it('may not be taken twice', () => {
    const b = new GraphBuilder('names');
    b.input('x', 'float32', []);
    expect(() => b.input('x', 'float32', [])).toThrow("the name 'x' is taken already in graph 'names'");
    expect(() => b.constant(float32([1]), 'x')).toThrow(GraphError);
    expect(() => b.input('', 'float32', [])).toThrow("graph 'names': input '' has an empty name");
  });
});

describe('constants', () => {
  it('are one where they are equal, and tell their value by their name', () => {
    const b = new GraphBuilder('constants');
    expect(b.scalar(0.5)).toBe(b.scalar(0.5));
    expect(b.ints(0, 2, 3)).toEqual({ name: '[0,2,3]:int64', dtype: 'int64', shape: [3] });
    expect(b.scalar(0.5).name).not.toBe(b.constant(float32([0.5], [1])).name);
    expect(b.tensorOf(b.ints(0, 2, 3))).toEqual(int64([0, 2, 3]));
    expect(b.finish().initializers).toHaveLength(3);
  });

  it('are told apart by the sign of zero, and not shared where they are large', () => {
    const b = new GraphBuilder('constants');
    expect(b.scalar(-0).name).toBe('-0:float32');
    expect(b.scalar(0).name).toBe('0:float32');
    expect(b.scalar(0.1).name).toBe('0.1:float32');
    expect(b.ints(...Array(64).keys())).toBe(b.ints(...Array(64).keys()));
    expect(b.ints(...Array(65).keys())).not.toBe(b.ints(...Array(65).keys()));
  });

  it('must fill their shape', () => {
    const b = new GraphBuilder('constants');
    expect(() => b.constant(float32([1, 2], [3]), 'c')).toThrow("constant 'c': float32[3] holds 2 elements");
    expect(() => b.constant(float32([1], [-1, -1]), 'c')).toThrow(
      "constant 'c': dimension 0 of [-1,-1] must be a size",
    );
    expect(() => b.input('x', 'float32', [0.5])).toThrow("input 'x': dimension 0 of [0.5] must be a size");
  });

  it('with a name of their own are never shared', () => {
    const b = new GraphBuilder('constants');
    b.constant(float32([1]), 'a');
    b.constant(float32([1]), 'b');
    expect(b.finish().initializers.map(({ value }) => value.name)).toEqual(['a', 'b']);
  });
});

describe('nodes', () => {
  it('are checked where they are made', () => {
    const b = new GraphBuilder('nodes');
    const x = b.input('x', 'float32', [2, 3]);
    const add = () => b.within('fc', () => b.op('MatMul', [x, x], {}));
    expect(add).toThrow('fc/MatMul (MatMul): inner sizes of [2,3] and [2,3] differ');
    expect(b.nodes).toHaveLength(0);
  });

  it('leave out the outputs that are not wanted', () => {
    const b = new GraphBuilder('nodes');
    const x = b.input('x', 'float32', [1, 1, 4, 4]);
    const outputs = b.multi('MaxPool', [x], { kernel_shape: [2, 2] }, { outputs: [true, false] });
    expect(outputs).toEqual([expect.objectContaining({ shape: [1, 1, 3, 3] }), null]);
  });

  it('leave out optional outputs where only the first is asked for, and absent operands at the end', () => {
    const b = new GraphBuilder('nodes');
    const x = b.input('x', 'float32', [1, 1, 4, 4]);
    b.op('MaxPool', [x], { kernel_shape: [2, 2] });
    b.op('Conv', [x, b.input('w', 'float32', [1, 1, 2, 2]), null], { kernel_shape: [2, 2] });
    const operands = [b.input('s', 'float32', [2, 3]), b.input('l', 'int64', [2])] as const;
    b.multi('SoftmaxCrossEntropyLoss', operands, { reduction: 'mean' });
    b.op('SoftmaxCrossEntropyLoss', operands, { reduction: 'mean' });
    const [pool, conv, ...losses] = b.nodes;
    expect(pool?.outputs.map((output) => output?.name)).toEqual(['MaxPool.0_output', undefined]);
    expect(conv?.inputs).toHaveLength(2);
    expect(losses.map(({ outputs }) => outputs.every((output) => output !== null))).toEqual([true, true]);
  });

  it('carry bare types, not the names of their operands', () => {
    const b = new GraphBuilder('nodes');
    const x = b.input('x', 'float32', [2]);
    expect(inferTypes({ op: 'Relu', name: 'relu', inputs: [x], attributes: {} }, () => undefined)).toEqual([
      { dtype: 'float32', shape: [2] },
    ]);
  });

  it('are not made where nothing would change', () => {
    const b = new GraphBuilder('nodes');
    const x = b.input('x', 'float32', [2, 3]);
    expect(b.cast(x, 'float32')).toBe(x);
    expect(b.reshape(x, [2, 3])).toBe(x);
    expect(b.sum(b.cast(b.reshape(x, [6]), 'float64'))).toMatchObject({ dtype: 'float64', shape: [] });
    expect(b.sum(x, [0], 1).shape).toEqual([1, 3]);
  });
});

describe('finish', () => {
  it('gives outputs their names by renaming, or through Identity where that cannot be', () => {
    const b = new GraphBuilder('outputs');
    const x = b.input('x', 'float32', [2]);
    const y = b.op('Exp', [x], {});
    b.output('y', y);
    b.output('also_y', y);
    b.output('x_again', x);
    b.output('half', b.scalar(0.5));
    b.output('z', b.op('Neg', [y], {}));
    expect(printGraph(validate(b.finish()))).toMatchInlineSnapshot(`
      "graph outputs
        input float32[2] %x
        output float32[2] %y
        output float32[2] %also_y
        output float32[2] %x_again
        output float32[] %half
        output float32[2] %z
        constant float32[] %0.5:float32 = 0.5
        Exp: float32[2] %y = Exp(%x)
        Neg: float32[2] %z = Neg(%y)
        also_y/Identity: float32[2] %also_y = Identity(%y)
        x_again/Identity: float32[2] %x_again = Identity(%x)
        half/Identity: float32[] %half = Identity(%0.5:float32)"
    `);
  });
});

describe('output', () => {
  it('names both where its name is taken', () => {
    const b = new GraphBuilder('outputs');
    const x = b.input('x', 'float32', [2]);
    const y = b.op('Exp', [x], {});
    const clash =
      "'x' is taken already in graph 'outputs': output 'x' (the value 'Exp_output') cannot have the name of input 'x'";
    expect(() => b.output('x', y)).toThrow(clash);
    b.output('y', y);
    expect(() => b.output('y', x)).toThrow("cannot have the name of output 'y' (the value 'Exp_output')");
    expect(() => b.input('y', 'float32', [])).toThrow("cannot have the name of output 'y'");
  });

  it('may be an input as it stands, and a value under its own name', () => {
    const b = new GraphBuilder('outputs');
    const x = b.input('x', 'float32', [2]);
    const y = b.op('Exp', [x], {});
    b.output('z', y);
    b.output(y.name, y);
    b.output('x', x);
    b.output('x2', x);
    expect(validate(b.finish()).outputs.map(({ name }) => name)).toEqual(['z', 'Exp_output', 'x', 'x2']);
  });
});

describe('macsOf', () => {
  it('counts multiply-adds, a symbolic batch as one', () => {
    const b = new GraphBuilder('macs');
    const x = b.input('x', 'float32', ['batch', 3, 8, 8]);
    const conv = b.op('Conv', [x, b.input('w', 'float32', [16, 3, 3, 3])], {
      kernel_shape: [3, 3],
      pads: [1, 1, 1, 1],
    });
    const flat = b.op('Flatten', [b.op('Relu', [conv], {})], { axis: 1 });
    b.op('Gemm', [flat, b.input('fc', 'float32', [10, 1024])], { transB: 1 });
    const macs = b.nodes.map((node) => macsOf(node, (value) => b.tensorOf(value)));
    expect(macs).toEqual([16 * 8 * 8 * 3 * 9, 0, 0, 10 * 1024]);
  });
});

it('expectType says what it wanted and what it got', () => {
  const value = { name: 'x', dtype: 'float32', shape: ['n', 2] } as const;
  expect(() => expectType(value, { dtype: 'float32', shape: ['n', 3] }, 'the input of fc1')).toThrow(
    'the input of fc1: expected float32[n,3], got float32[n,2]',
  );
  expectType(value, { dtype: 'float32', shape: ['n', 2] }, 'the input of fc1');
});

it('types the operands and the results of an operator', () => {
  expectTypeOf<OperandsOf<'Add'>>().toEqualTypeOf<readonly [Value, Value]>();
  expectTypeOf<OperandsOf<'Conv'>>().toEqualTypeOf<readonly [Value, Value, (Value | null)?]>();
  expectTypeOf<OperandsOf<'Concat'>>().toEqualTypeOf<readonly Value[]>();
  expectTypeOf<ResultsOf<'MaxPool'>>().toEqualTypeOf<readonly [Value, Value]>();
  expectTypeOf<ChosenOf<'MaxPool'>>().toEqualTypeOf<readonly [Value, Value | null]>();
  const b = new GraphBuilder('untyped');
  expect(() => b.node('Add', [b.scalar(1)], {})).toThrow('Add (Add): inputs (A, B) expected, got 1');
});
