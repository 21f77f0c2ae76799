import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import type { Graph } from '../../../graphs/ir/graph.ts';
import { onnxDataType } from '../../../graphs/ir/ops/elementwise.ts';
import { bindInputs } from '../../../graphs/ir/passes/bind.ts';
import { mergeCommonSubexpressions } from '../../../graphs/ir/passes/common-subexpressions.ts';
import { removeDeadCode } from '../../../graphs/ir/passes/dead-code.ts';
import { removeIdentities } from '../../../graphs/ir/passes/identity.ts';
import { type Pass, runPasses } from '../../../graphs/ir/passes/run.ts';
import { printGraph } from '../../../graphs/ir/print.ts';
import { float32, int64, type Tensor, type Value } from '../../../graphs/ir/types.ts';
import { smallNet } from './fixtures.ts';

/** The node lines of a graph after a pass, which is run twice: the second time it must find nothing left to do. */
function nodesAfter(pass: Pass, build: (b: GraphBuilder, x: Value) => void): readonly string[] {
  const b = new GraphBuilder('g');
  build(b, b.input('x', 'float32', ['n', 3]));
  const once = runPasses(b.finish(), [pass]);
  expect(printGraph(runPasses(once, [pass]))).toBe(printGraph(once));
  return lines(once);
}

function lines(graph: Graph): readonly string[] {
  return printGraph(graph)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.includes(' = ') && !line.startsWith('constant'));
}

describe('runPasses', () => {
  it('names the pass that leaves an invalid graph', () => {
    const reverseNodes: Pass = (graph) => ({ ...graph, nodes: graph.nodes.toReversed() });
    expect(() => runPasses(smallNet(), [removeDeadCode, reverseNodes])).toThrow(
      /^internal: pass 2 of 2 \(reverseNodes\) left a graph that is not valid: graph 'small': fc\/Softmax uses/,
    );
  });

  it('names the pass that throws, and blames none for a graph that was bad before', () => {
    const bind: Pass = (graph) => bindInputs(graph, new Map([['w', float32([1])]]));
    expect(() => runPasses(smallNet(), [bind])).toThrow(/^pass 1 of 1 \(bind\) failed: .*no input 'w'/);
    const bad: Graph = { ...smallNet(), nodes: [] };
    expect(() => runPasses(bad, [bind])).toThrow(/^graph 'small': the output list uses 'probabilities'/);
  });
});

describe('removeDeadCode', () => {
  it('drops nodes and constants that reach no output, and optional outputs that nobody uses', () => {
    const b = new GraphBuilder('dead');
    const x = b.input('x', 'float32', [1, 1, 4, 4]);
    b.input('unused', 'float32', []);
    b.op('Mul', [b.op('Exp', [x], {}), b.scalar(3)], {});
    const [pooled] = b.multi('MaxPool', [x], { kernel_shape: [2, 2] });
    if (pooled) b.output('y', b.op('Mul', [pooled, b.scalar(2)], {}));
    const graph = b.finish();
    expect(printGraph(runPasses(graph, [removeDeadCode]))).toMatchInlineSnapshot(`
      "graph dead
        input float32[1,1,4,4] %x
        input float32[] %unused
        output float32[1,1,3,3] %y
        constant float32[] %2:float32 = 2
        MaxPool: float32[1,1,3,3] %MaxPool.0_output, _ = MaxPool(%x) kernel_shape=[2,2]
        Mul_1: float32[1,1,3,3] %y = Mul(%MaxPool.0_output, %2:float32)"
    `);
    const dropping: Pass = (g) => removeDeadCode(g, { unusedInputs: 'drop' });
    expect(runPasses(graph, [dropping]).inputs.map(({ name }) => name)).toEqual(['x']);
  });
});

describe('mergeCommonSubexpressions', () => {
  it('computes equal things once, chains of them too', () => {
    const found = nodesAfter(mergeCommonSubexpressions, (b, x) => {
      const same = () => b.op('Exp', [b.neg(x)], {});
      b.output('y', b.add(same(), same()));
    });
    expect(found).toMatchInlineSnapshot(`
      [
        "Neg: float32[n,3] %Neg_output = Neg(%x)",
        "Exp: float32[n,3] %Exp_output = Exp(%Neg_output)",
        "Add: float32[n,3] %y = Add(%Exp_output, %Exp_output)",
      ]
    `);
  });

  it('tells apart other attributes, inputs and orders of inputs', () => {
    const found = nodesAfter(mergeCommonSubexpressions, (b, x) => {
      const [p, q] = [b.op('Softmax', [x], { axis: 0 }), b.op('Softmax', [x], { axis: 1 })];
      b.output('y', b.op('Div', [b.op('Sub', [p, q], {}), b.op('Sub', [q, p], {})], {}));
    });
    expect(found).toHaveLength(5);
  });

  it('keeps the names of outputs: by renaming where it can, by an Identity where both are outputs', () => {
    const found = nodesAfter(mergeCommonSubexpressions, (b, x) => {
      const inner = b.op('Neg', [x], {});
      b.output('second', b.op('Exp', [inner], {}));
      b.output('first', b.op('Neg', [x], {}));
      b.output('third', b.op('Exp', [inner], {}));
    });
    expect(found).toMatchInlineSnapshot(`
      [
        "Neg: float32[n,3] %first = Neg(%x)",
        "Exp: float32[n,3] %second = Exp(%first)",
        "Exp_1: float32[n,3] %third = Identity(%second)",
      ]
    `);
  });

  it('gives a node the outputs that only its double wanted', () => {
    const b = new GraphBuilder('pools');
    const x = b.input('x', 'float32', [1, 1, 4, 4]);
    const [y] = b.multi('MaxPool', [x], { kernel_shape: [2, 2] }, { outputs: [true, false] });
    const [again, indices] = b.multi('MaxPool', [x], { kernel_shape: [2, 2] });
    b.output('sum', b.op('Add', [y, again], {}));
    if (indices) b.output('indices', indices);
    expect(lines(runPasses(b.finish(), [mergeCommonSubexpressions]))).toMatchInlineSnapshot(`
      [
        "MaxPool: float32[1,1,3,3] %MaxPool.0_output, int64[1,1,3,3] %indices = MaxPool(%x) kernel_shape=[2,2]",
        "Add: float32[1,1,3,3] %sum = Add(%MaxPool.0_output, %MaxPool.0_output)",
      ]
    `);
  });
});

describe('removeIdentities', () => {
  it('removes what changes nothing', () => {
    const found = nodesAfter(removeIdentities, (b, x) => {
      const identity = b.op('Identity', [x], {});
      const cast = b.op('Cast', [identity], { to: onnxDataType.float32 });
      const reshaped = b.op('Reshape', [cast, b.ints(0, -1)], {});
      b.output('y', b.op('Exp', [b.op('Transpose', [reshaped], { perm: [0, 1] })], {}));
    });
    expect(found).toEqual(['Exp: float32[n,3] %y = Exp(%x)']);
  });

  it('keeps what changes something', () => {
    const found = nodesAfter(removeIdentities, (b, x) => {
      const cast = b.op('Cast', [x], { to: onnxDataType.float64 });
      const reshaped = b.op('Reshape', [cast, b.ints(0, 3, 1)], {});
      b.output('y', b.op('Transpose', [reshaped], { perm: [2, 1, 0] }));
    });
    expect(found).toHaveLength(3);
  });

  it('cancels Transposes and Reshapes that undo each other', () => {
    const b = new GraphBuilder('pairs');
    const x = b.input('x', 'float32', [2, 3, 4]);
    const there = b.op('Transpose', [x], { perm: [1, 2, 0] });
    const back = b.op('Transpose', [there], { perm: [2, 0, 1] });
    const turned = b.op('Transpose', [there], { perm: [1, 2, 0] });
    const wide = b.reshape(b.reshape(back, [6, 4]), [24]);
    b.output('y', b.op('Exp', [b.reshape(wide, [2, 3, 4])], {}));
    b.output('z', turned);
    expect(lines(runPasses(b.finish(), [removeIdentities, removeDeadCode]))).toMatchInlineSnapshot(`
      [
        "Transpose: float32[3,4,2] %Transpose_output = Transpose(%x) perm=[1,2,0]",
        "Transpose_2: float32[4,2,3] %z = Transpose(%Transpose_output) perm=[1,2,0]",
        "Exp: float32[2,3,4] %y = Exp(%x)",
      ]
    `);
  });

  it('cancels changes of layout that undo each other, in both orders', () => {
    const b = new GraphBuilder('layouts');
    const x = b.input('x', 'float32', [2, 16, 4, 4]);
    const into = b.op('ReorderInput', [x], {});
    const there = b.op('Relu', [into], {});
    const back = b.op('ReorderOutput', [there], { channels: 16 });
    // In again what came out, and out again what went in.
    b.output('y', b.op('Neg', [b.op('ReorderInput', [back], {})], {}));
    b.output('z', b.op('Exp', [b.op('ReorderOutput', [into], { channels: 16 })], {}));
    expect(lines(runPasses(b.finish(), [removeIdentities, removeDeadCode]))).toMatchInlineSnapshot(`
      [
        "ReorderInput: float32[2,16,4,4] %ReorderInput_output = ReorderInput(%x)",
        "Relu: float32[2,16,4,4] %Relu_output = Relu(%ReorderInput_output)",
        "Neg: float32[2,16,4,4] %y = Neg(%Relu_output)",
        "Exp: float32[2,16,4,4] %z = Exp(%x)",
      ]
    `);
  });

  it('cancels changes of layout all the way through a chain of them', () => {
    const b = new GraphBuilder('chain');
    let value = b.op('Relu', [b.input('x', 'float32', [2, 16, 4, 4])], {});
    for (let i = 0; i < 3; i++) value = b.op('ReorderOutput', [b.op('ReorderInput', [value], {})], { channels: 16 });
    b.output('y', value);
    expect(lines(runPasses(b.finish(), [removeIdentities, removeDeadCode]))).toEqual([
      'Relu: float32[2,16,4,4] %y = Relu(%x)',
    ]);
  });

  it.each<[string, (b: GraphBuilder, x: Value) => Value]>([
    [
      'in by [N,H,W,C]',
      (b, x) => b.op('ReorderOutput', [b.op('ReorderInput', [x], { channels_last: 1 })], { channels: 16 }),
    ],
    [
      'out by [N,H,W,C]',
      (b, x) => b.op('ReorderOutput', [b.op('ReorderInput', [x], {})], { channels: 16, channels_last: 1 }),
    ],
    // Into the blocks of blocks: nobody does, and it is no identity.
    ['twice in', (b, x) => b.op('ReorderInput', [b.op('ReorderInput', [x], {})], {})],
  ])('keeps changes of layout that do not undo each other: %s', (_, build) => {
    const b = new GraphBuilder('layouts');
    // As many rows and columns as channels: no shape tells what has changed.
    const x = b.op('Relu', [b.input('x', 'float32', [16, 16, 16, 16])], {});
    b.output('y', b.op('Exp', [build(b, x)], {}));
    expect(runPasses(b.finish(), [removeIdentities, removeDeadCode]).nodes).toHaveLength(4);
  });

  it('keeps a square Transpose, whose shape alone looks unchanged', () => {
    const b = new GraphBuilder('square');
    b.output('y', b.op('Transpose', [b.input('x', 'float32', [3, 3])], { perm: [1, 0] }));
    expect(removeIdentities(b.finish()).nodes).toHaveLength(1);
  });

  it('keeps the names of outputs', () => {
    const found = nodesAfter(removeIdentities, (b, x) => {
      const y = b.op('Exp', [x], {});
      b.output('y', b.op('Identity', [y], {}));
      b.output('same', b.op('Identity', [y], {}));
      b.output('input', x);
      b.output('z', b.op('Neg', [y], {}));
    });
    expect(found).toMatchInlineSnapshot(`
      [
        "Exp: float32[n,3] %y = Exp(%x)",
        "Identity_1: float32[n,3] %same = Identity(%y)",
        "Neg: float32[n,3] %z = Neg(%y)",
        "input/Identity: float32[n,3] %input = Identity(%x)",
      ]
    `);
  });
});

describe('bindInputs', () => {
  const graph = () => {
    const b = new GraphBuilder('model');
    const x = b.input('x', 'float32', ['batch', 2]);
    const [weight, bias] = [b.input('weight', 'float32', [2, 3]), b.input('bias', 'float32', [3])];
    b.output('y', b.op('Gemm', [x, weight, bias], {}));
    return b.finish();
  };
  const weight = float32([1, 2, 3, 4, 5, 6], [2, 3]);

  it('turns inputs into constants, without copying them', () => {
    const bound = runPasses(graph(), [(g) => bindInputs(g, new Map([['weight', weight]]))]);
    expect(bound.inputs.map(({ name }) => name)).toEqual(['x', 'bias']);
    expect(bound.initializers[0]?.value).toEqual({ name: 'weight', dtype: 'float32', shape: [2, 3] });
    expect(bound.initializers[0]?.tensor).toBe(weight);
  });

  it('lists all that does not fit', () => {
    const tensors = new Map<string, Tensor>([
      ['weight', float32([1, 2, 3])],
      ['bias', int64([1, 2, 3])],
      ['fc.weight', weight],
    ]);
    expect(() => bindInputs(graph(), tensors)).toThrow(
      "cannot bind the inputs of graph 'model': 'weight' is float32[2,3], got float32[3]; 'bias' is float32[3], got int64[3]; there is no input 'fc.weight'. Inputs left unbound: x",
    );
  });
});
