import { expect, it } from 'vitest';
import { foldBatchNorm } from '../../../graphs/export/fold-batch-norm.ts';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import { removeDeadCode } from '../../../graphs/ir/passes/dead-code.ts';
import { runPasses } from '../../../graphs/ir/passes/run.ts';
import { elementCount, float32, type TensorOf } from '../../../graphs/ir/types.ts';
import { numbers } from '../ir/fixtures.ts';
import { graphOf, largestDifference, pixels, run } from './support.ts';

it('leaves no batch normalization in Model 2 and its results as they were', async () => {
  const graph = graphOf('m2');
  const folded = runPasses(graph, [foldBatchNorm, removeDeadCode]);
  expect(graph.nodes.filter(({ op }) => op === 'BatchNormalization')).toHaveLength(6);
  expect(folded.nodes.filter(({ op }) => op === 'BatchNormalization')).toHaveLength(0);
  expect(folded.initializers.map(({ value }) => value.name)).not.toContain('stages.0.1.running_mean');
  const [expected, found] = [await run(graph, pixels(8)), await run(folded, pixels(8))];
  expect(largestDifference(expected, found)).toBeLessThan(1e-5);
});

it('folds the bias that a convolution has', async () => {
  const folded = runPasses(convolved(false), [foldBatchNorm, removeDeadCode]);
  expect(folded.nodes.map(({ op }) => op)).toEqual(['Cast', 'Conv']);
  const expected = await run(convolved(false), pixels(1), 17, 'y');
  expect(largestDifference(expected, await run(folded, pixels(1), 17, 'y'))).toBeLessThan(1e-3);
});

it('leaves a convolution alone that somebody else reads', () => {
  const graph = convolved(true);
  expect(foldBatchNorm(graph).nodes).toEqual(graph.nodes);
});

function convolved(readTwice: boolean) {
  const b = new GraphBuilder('conv');
  const images = b.cast(b.input('images', 'uint8', [1, 1, 28, 28]), 'float32');
  const weight = b.constant(filled([2, 1, 3, 3], 1), 'weight');
  const conv = b.op('Conv', [images, weight, b.constant(filled([2], 2), 'bias')], { kernel_shape: [3, 3] });
  const channel = (seed: number) => b.constant(filled([2], seed));
  const variance = b.constant(float32([0.5, 2]));
  b.output('y', b.op('BatchNormalization', [conv, channel(3), channel(4), channel(5), variance], { epsilon: 1e-5 }));
  if (readTwice) b.output('conv', conv);
  return b.finish();
}

function filled(shape: readonly number[], seed: number): TensorOf<'float32'> {
  return float32(numbers(elementCount(shape), seed), shape);
}
