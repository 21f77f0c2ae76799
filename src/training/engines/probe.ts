import { elementCount, type Tensor } from '../../../graphs/ir/types.ts';
import type { Model } from '../../../graphs/models/model.ts';
import {
  batchNorm2d,
  conv2d,
  dropout,
  flatten,
  globalAveragePool2d,
  linear,
  maxPool2d,
  relu,
  sequential,
} from '../../../graphs/nn/layers.ts';
import { sgd } from '../../../graphs/optim/optimizer.ts';
import { trainStep } from '../../../graphs/programs/train-step.ts';
import { compile } from '../../../graphs/targets/compile.ts';
import type { Target } from '../../../graphs/targets/target.ts';
import { Session } from '../../runtime/session.ts';
import { fromOrt, toOrt } from '../../runtime/tensors.ts';
import { initialState } from '../initialize.ts';
import { DropoutMasks } from '../masks.ts';

/** A small net with every kind of layer that the models have, and channels for blocks of 8 and of 16. */
const model: Model = {
  name: 'probe',
  input: { channels: 1, height: 12, width: 12 },
  classes: 10,
  figureLayers: [],
  network: sequential('probe', [
    conv2d('conv1', 1, 16, 3, { padding: 1, bias: false }),
    batchNorm2d('norm1', 16),
    relu('relu1'),
    conv2d('conv2', 16, 32, 3),
    relu('relu2'),
    maxPool2d('pool1', 2),
    dropout('dropout', 0.25),
    conv2d('conv3', 32, 16, 3, { padding: 1, bias: false }),
    batchNorm2d('norm2', 16),
    relu('relu3'),
    globalAveragePool2d('pool2'),
    flatten('flatten'),
    linear('fc', 16, 10),
  ]),
};
const batchSize = 16;
const seed = 1;

/**
 * Trains a small net for one step in two targets and compares all that comes out: the loss, each gradient and the running
 * statistics.
 *
 * @returns the largest difference of a tensor's elements relative to its largest element; NaN where something is not a number
 * @throws AtelierError where the runtime refuses a graph
 */
export async function largestDifference(target: Target, witness: Target): Promise<number> {
  const [found, expected] = [await probe(target), await probe(witness)];
  let largest = 0;
  for (const [name, values] of expected) {
    const others = found.get(name) ?? [];
    const size = Math.max(...values.map(Math.abs));
    const differences = values.map((value, i) => Math.abs(value - (others[i] ?? Number.NaN)));
    largest = Math.max(largest, Math.max(...differences) / (size || 1));
  }
  return largest;
}

async function probe(target: Target): Promise<ReadonlyMap<string, readonly number[]>> {
  const options = { model, normalization: { mean: [0.5], std: [0.5] }, optimizer: sgd(), batchSize };
  const program = compile(trainStep({ ...options, withGradients: true }), target);
  const { channels, height, width } = model.input;
  const shape = [batchSize, channels, height, width];
  // The upper half is blank, more than the windows of two convolutions see: pools meet ties above zero.
  const area = height * width;
  const images = Uint8Array.from({ length: elementCount(shape) }, (_, i) => (i % area < area / 2 ? 0 : (i * 89) % 251));
  const labels = BigInt64Array.from({ length: batchSize }, (_, i) => BigInt(i % 10));
  const tensors: readonly (readonly [string, Tensor])[] = [
    ...initialState(model.network, program, seed),
    ['images', { dtype: 'uint8', shape, data: images }],
    ['labels', { dtype: 'int64', shape: [batchSize], data: labels }],
    ['learning_rate', { dtype: 'float32', shape: [1], data: Float32Array.of(0.1) }],
    ['step', { dtype: 'int64', shape: [1], data: BigInt64Array.of(1n) }],
  ];
  const feeds = Object.fromEntries(tensors.map(([name, tensor]) => [name, toOrt(tensor)]));
  const session = await Session.create(program.graph, { device: 'cpu', threads: 1, layout: false });
  const results = await session.run({ ...feeds, ...new DropoutMasks(program.masks, seed).draw(1) });
  await session.release();
  return new Map(
    Object.entries(results).map(([name, tensor]) => [name, Array.from(fromOrt(tensor, name).data, Number)] as const),
  );
}
