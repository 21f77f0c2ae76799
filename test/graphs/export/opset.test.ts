import { describe, expect, it } from 'vitest';
import { toFloat16 } from '../../../graphs/export/float16.ts';
import { foldBatchNorm } from '../../../graphs/export/fold-batch-norm.ts';
import { checkOpset, irVersionOf, isOpset } from '../../../graphs/export/opset.ts';
import { quantize, valuesToCalibrate } from '../../../graphs/export/quantize.ts';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import type { Graph } from '../../../graphs/ir/graph.ts';
import { removeDeadCode } from '../../../graphs/ir/passes/dead-code.ts';
import { runPasses } from '../../../graphs/ir/passes/run.ts';
import { serializeModel } from '../../../graphs/ir/serialize.ts';
import { Session } from '../../../src/runtime/session.ts';
import { toOrt } from '../../../src/runtime/tensors.ts';
import { graphOf, largestDifference, pixels } from './support.ts';

const opsets = [13, 14, 15, 16, 17, 18, 19, 20, 21];

function variants(model: 'm1' | 'm2'): Readonly<Record<string, Graph>> {
  const graph = graphOf(model, { input: 'bytes', output: 'both' });
  const folded = runPasses(graph, [foldBatchNorm, removeDeadCode]);
  const ranges = new Map(valuesToCalibrate(folded).map(({ name }) => [name, { min: -3, max: 3 }]));
  return { float32: graph, float16: toFloat16(folded, () => false), int8: quantize(folded, ranges) };
}

describe.each(['m1', 'm2'] as const)('%s', (model) => {
  it.each(Object.entries(variants(model)))('as %s is the same in every opset', async (_, graph) => {
    const logits: Float32Array[] = [];
    for (const opset of opsets) {
      const bytes = serializeModel(checkOpset(graph, opset), { opset, irVersion: irVersionOf(opset) });
      const session = await Session.load(bytes, `${model} opset ${opset}`, { device: 'cpu', threads: 1 });
      const results = await session.run({ images: toOrt({ dtype: 'uint8', shape: [2, 1, 28, 28], data: pixels(2) }) });
      await session.release();
      logits.push(Float32Array.from(Array.from(results['logits']?.data ?? [], Number)));
    }
    expect(logits[0]).toHaveLength(20);
    // Not to the last bit: which operators the runtime joins depends on the opset.
    for (const found of logits) expect(largestDifference(found, logits[0] ?? found)).toBeLessThan(1e-5);
  });
});

it.each([12, 22, 17.5, Number.NaN])('%f is none that can be written', (opset) => {
  expect(isOpset(opset)).toBe(false);
  expect(() => checkOpset(graphOf('m1'), opset)).toThrow('from 13 to 21 can');
});

it('refuses, by layer, what an opset has given up and what is no standard operator', () => {
  const b = new GraphBuilder('odd');
  const x = b.input('x', 'float32', [2, 3]);
  b.output(
    'mean',
    b.within('head', () => b.op('ReduceMean', [x], { axes: [1], keepdims: 0 })),
  );
  b.output('all', b.op('ReduceMean', [x], { keepdims: 0 }));
  const graph = b.finish();
  expect(checkOpset(graph, 17)).toBe(graph);
  expect(() => checkOpset(graph, 18)).toThrow("layer 'head': ReduceMean is written in its form up to opset 17");

  const training = new GraphBuilder('training');
  const y = training.input('y', 'float32', [2, 3]);
  training.output(
    'dx',
    training.within('relu1', () => training.op('ReluGrad', [y, y], {})),
  );
  expect(() => checkOpset(training.finish(), 17)).toThrow("layer 'relu1': ReluGrad is for training only");
});

it('refuses, by layer, what came later', () => {
  const b = new GraphBuilder('new');
  const x = b.input('x', 'float32', [2, 3]);
  const scale = b.input('scale', 'float32', [3]);
  b.output(
    'y',
    b.within('norm', () => b.op('LayerNormalization', [x, scale], { axis: -1, epsilon: 1e-5 })),
  );
  const graph = b.finish();
  expect(() => checkOpset(graph, 16)).toThrow("layer 'norm': LayerNormalization came with opset 17");
  expect(checkOpset(graph, 17)).toBe(graph);
});
