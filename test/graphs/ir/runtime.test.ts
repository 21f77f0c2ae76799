/** Serialized graphs mean to ONNX Runtime what they mean here. */
import { expect, it } from 'vitest';
import type { Graph } from '../../../graphs/ir/graph.ts';
import { mergeCommonSubexpressions } from '../../../graphs/ir/passes/common-subexpressions.ts';
import { removeDeadCode } from '../../../graphs/ir/passes/dead-code.ts';
import { removeIdentities } from '../../../graphs/ir/passes/identity.ts';
import { runPasses } from '../../../graphs/ir/passes/run.ts';
import { serializeModel } from '../../../graphs/ir/serialize.ts';
import { InferenceSession, Tensor as OrtTensor } from '../../../src/runtime/onnxruntime.ts';
import { numbers, smallNet } from './fixtures.ts';

const images = Float32Array.from(numbers(2 * 36, 3));

/** The small network in plain loops. */
function probabilities(): readonly number[] {
  const [weight, bias, fcWeight, fcBias] = [numbers(36, 7), numbers(4, 8), numbers(48, 9), numbers(3, 10)];
  const at = (values: ArrayLike<number>, index: number) => values[index] ?? Number.NaN;
  const conv = (n: number, m: number, row: number, column: number) => {
    let sum = at(bias, m);
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++)
        sum += at(images, n * 36 + (row + i) * 6 + column + j) * at(weight, m * 9 + i * 3 + j);
    return Math.max(0, sum);
  };
  return [0, 1].flatMap((n) => {
    const scores = [0, 1, 2].map((k) => {
      let sum = at(fcBias, k);
      for (let m = 0; m < 4; m++)
        for (let i = 0; i < 2; i++)
          for (let j = 0; j < 2; j++) {
            const window = [0, 1].flatMap((di) => [0, 1].map((dj) => conv(n, m, 2 * i + di, 2 * j + dj)));
            sum += Math.max(...window) * at(fcWeight, k * 16 + m * 4 + i * 2 + j);
          }
      return sum;
    });
    const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
    return scores.map((score) => Math.exp(score) / total);
  });
}

async function run(graph: Graph): Promise<readonly number[]> {
  const session = await InferenceSession.create(serializeModel(graph), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const { probabilities: result } = await session.run({ images: new OrtTensor('float32', images, [2, 1, 6, 6]) });
  await session.release();
  return Array.from(result?.data ?? [], Number);
}

it.each<[string, (graph: Graph) => Graph]>([
  ['as built', (graph) => graph],
  ['after all passes', (graph) => runPasses(graph, [removeIdentities, mergeCommonSubexpressions, removeDeadCode])],
])('computes what plain loops compute, %s', async (_, prepare) => {
  const expected = probabilities();
  const found = await run(prepare(smallNet()));
  expect(found).toHaveLength(expected.length);
  found.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 6);
  });
});
