/** ReluGrad(MaxPoolGrad(dY)) = MaxPoolGrad(ReluGrad(dY)), where that holds and pays. */
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import { type Graph, useCounts } from '../../../graphs/ir/graph.ts';
import { maskBeforeSpreading } from '../../../graphs/ir/passes/mask-before-spreading.ts';
import { runPasses } from '../../../graphs/ir/passes/run.ts';
import { printGraph } from '../../../graphs/ir/print.ts';
import { elementCount, float32, type Value } from '../../../graphs/ir/types.ts';
import { portable } from '../../../graphs/targets/portable/index.ts';
import { execute, random, signed } from '../execute.ts';
import { smallNet } from './fixtures.ts';

const window = { kernel_shape: [2, 2], strides: [2, 2] };
const shape = [2, 3, 4, 6];
const pooledShape = [2, 3, 2, 3];

interface Parts {
  readonly b: GraphBuilder;
  /** What is rectified, its rectified form, its pool and the pool's indices. */
  readonly x: Value;
  readonly relu: Value;
  readonly pooled: Value;
  readonly indices: Value;
  /** The gradient of the pool's result. */
  readonly dY: Value;
}

/** Relu and a pool of it; `build` makes the gradients. */
function graphOf(build: (parts: Parts) => void): Graph {
  const b = new GraphBuilder('g');
  const [x, dY] = [b.input('x', 'float32', shape), b.input('dY', 'float32', pooledShape)];
  const relu = b.op('Relu', [x], {});
  const [pooled, indices] = b.multi('MaxPool', [relu], window);
  if (!pooled || !indices) throw new Error('a pool has two outputs');
  build({ b, x, relu, pooled, indices, dY });
  return b.finish();
}

const spread = ({ b, dY, indices }: Parts) => b.op('MaxPoolGrad', [dY, indices], { ...window, input_shape: shape });
const operatorsOf = ({ nodes }: Graph) => nodes.map(({ op }) => op);

/** The usual case. */
const usual = () => graphOf((parts) => parts.b.output('dX', parts.b.op('ReluGrad', [spread(parts), parts.relu], {})));

describe('maskBeforeSpreading', () => {
  it('masks the pooled gradient, and keeps the names of nodes and of the result', () => {
    const graph = runPasses(usual(), [maskBeforeSpreading]);
    expect(printGraph(graph)).toMatchInlineSnapshot(`
      "graph g
        input float32[2,3,4,6] %x
        input float32[2,3,2,3] %dY
        output float32[2,3,4,6] %dX
        Relu: float32[2,3,4,6] %Relu_output = Relu(%x)
        MaxPool: float32[2,3,2,3] %MaxPool.0_output, int64[2,3,2,3] %MaxPool.1_output = MaxPool(%Relu_output) kernel_shape=[2,2] strides=[2,2]
        ReluGrad: float32[2,3,2,3] %MaxPoolGrad_output = ReluGrad(%dY, %MaxPool.0_output)
        MaxPoolGrad: float32[2,3,4,6] %dX = MaxPoolGrad(%MaxPoolGrad_output, %MaxPool.1_output) input_shape=[2,3,4,6] kernel_shape=[2,2] strides=[2,2]"
    `);
    expect(runPasses(graph, [maskBeforeSpreading])).toEqual(graph);
  });

  it('changes no number', async () => {
    // Ties, zeros and windows without anything above zero.
    const x = float32(
      signed(elementCount(shape), 3).map((value) => Math.round(2 * value)),
      shape,
    );
    const feeds = { x, dY: random(pooledShape, 4) };
    const before = await execute(usual(), feeds, { ...portable, before: [] });
    const after = await execute(usual(), feeds, { ...portable, before: [maskBeforeSpreading] });
    expect(before['dX']?.some((value) => value !== 0)).toBe(true);
    expect(after).toEqual(before);
  });

  it('takes the mask of the value that was pooled, rectified or not', () => {
    const graph = graphOf(({ b, x, dY }) => {
      const [, indices] = b.multi('MaxPool', [x], window);
      const gradient = b.op('MaxPoolGrad', [dY, indices], { ...window, input_shape: shape });
      b.output('dX', b.op('ReluGrad', [gradient, x], {}));
    });
    expect(operatorsOf(runPasses(graph, [maskBeforeSpreading])).slice(-2)).toEqual(['ReluGrad', 'MaxPoolGrad']);
  });

  it.each<[string, (parts: Parts) => void]>([
    [
      'somebody else wants the spread gradient',
      (parts) => {
        const gradient = spread(parts);
        parts.b.output('dX', parts.b.op('ReluGrad', [gradient, parts.relu], {}));
        parts.b.output('other', parts.b.op('Neg', [gradient], {}));
      },
    ],
    [
      'the spread gradient is an output',
      (parts) => {
        const gradient = spread(parts);
        parts.b.output('dX', parts.b.op('ReluGrad', [gradient, parts.relu], {}));
        parts.b.output('gradient', gradient);
      },
    ],
    [
      'two masks want it',
      (parts) => {
        const gradient = spread(parts);
        parts.b.output('dX', parts.b.op('ReluGrad', [gradient, parts.relu], {}));
        parts.b.output('other', parts.b.op('ReluGrad', [gradient, parts.x], {}));
      },
    ],
    [
      'the mask is of another value than the pool',
      (parts) => parts.b.output('dX', parts.b.op('ReluGrad', [spread(parts), parts.x], {})),
    ],
    [
      'the gradient is no pool’s',
      (parts) => parts.b.output('dX', parts.b.op('ReluGrad', [parts.b.op('Neg', [spread(parts)], {}), parts.relu], {})),
    ],
    [
      'the indices are nobody’s that is known',
      ({ b, dY, relu }) => {
        const indices = b.input('indices', 'int64', pooledShape);
        const gradient = b.op('MaxPoolGrad', [dY, indices], { ...window, input_shape: shape });
        b.output('dX', b.op('ReluGrad', [gradient, relu], {}));
      },
    ],
  ])('leaves the order where %s', (_, build) => {
    const graph = graphOf(build);
    expect(printGraph(maskBeforeSpreading(graph))).toBe(printGraph(graph));
  });
});

describe('useCounts', () => {
  it('counts reading nodes, each time, and outputs of the graph', () => {
    const b = new GraphBuilder('g');
    const x = b.input('x', 'float32', [2]);
    b.input('unused', 'float32', [2]);
    const square = b.op('Mul', [x, x], {});
    b.op('Exp', [square], {});
    b.output('y', b.op('Add', [square, b.op('Neg', [x], {})], {}));
    const counts = useCounts(b.finish());
    expect(Object.fromEntries(counts)).toEqual({ x: 3, Mul_output: 2, Neg_output: 1, y: 1 });
  });

  it('counts the constants and the results of a small net', () => {
    const graph = smallNet();
    const counts = useCounts(graph);
    for (const { value } of graph.initializers) expect(counts.get(value.name), value.name).toBe(1);
    expect(counts.get('probabilities')).toBe(1);
    expect(counts.get('images')).toBe(1);
  });
});
