import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import type { Graph } from '../../../graphs/ir/graph.ts';
import { removeDeadCode } from '../../../graphs/ir/passes/dead-code.ts';
import { flattenElementwise } from '../../../graphs/ir/passes/flatten-elementwise.ts';
import { removeIdentities } from '../../../graphs/ir/passes/identity.ts';
import { runPasses } from '../../../graphs/ir/passes/run.ts';
import type { Value } from '../../../graphs/ir/types.ts';
import { execute, random } from '../execute.ts';

const graphOf = (shape: readonly number[], build: (b: GraphBuilder, x: Value, y: Value) => Value): Graph => {
  const b = new GraphBuilder('step');
  b.output('z', build(b, b.input('x', 'float32', shape), b.input('y', 'float32', shape)));
  return b.finish();
};
const flattened = (graph: Graph) => runPasses(graph, [flattenElementwise, removeIdentities, removeDeadCode]);
const shapesOf = (graph: Graph) =>
  flattened(graph).nodes.map(({ op, outputs }) => `${op} ${outputs[0]?.shape.join('x')}`);

const chain = (b: GraphBuilder, x: Value, y: Value) => b.add(b.mul(x, b.scalar(0.5)), b.mul(y, y));

describe('flattenElementwise', () => {
  it('computes a whole chain on one axis, and shapes its end alone', async () => {
    const graph = graphOf([4, 3, 1, 1], chain);
    expect(shapesOf(graph)).toEqual(['Reshape 12', 'Mul 12', 'Reshape 12', 'Mul 12', 'Add 12', 'Reshape 4x3x1x1']);
    const feeds = { x: random([4, 3, 1, 1], 1), y: random([4, 3, 1, 1], 2) };
    expect(await execute(flattened(graph), feeds)).toEqual(await execute(graph, feeds));
  });

  it.each([
    ['tensors that end in other sizes', [4, 1, 3]],
    ['tensors of one axis', [12]],
    ['single numbers', [1, 1]],
  ])('leaves %s as they are', (_, shape) => {
    const graph = graphOf(shape, chain);
    expect(flattened(graph)).toEqual(graph);
  });

  it('leaves operands that are broadcast over axes', () => {
    const graph = graphOf([4, 3, 1], (b, x) =>
      b.mul(x, b.constant({ dtype: 'float32', shape: [3, 1], data: new Float32Array(3) })),
    );
    expect(flattened(graph)).toEqual(graph);
  });
});
