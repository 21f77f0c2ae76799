/** The one forward function of each layer, in training and in evaluation. */
import { expect, it } from 'vitest';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import { printGraph } from '../../../graphs/ir/print.ts';
import { float32, GraphError, int64 } from '../../../graphs/ir/types.ts';
import { validate } from '../../../graphs/ir/validate.ts';
import { Forward } from '../../../graphs/nn/forward.ts';
import { batchNorm2d, conv2d, dropout, linear, maxPool2d, relu, sequential, tap } from '../../../graphs/nn/layers.ts';
import { correctPredictions } from '../../../graphs/nn/losses.ts';
import { execute } from '../execute.ts';

const block = sequential('block', [
  conv2d('conv', 1, 2, 3, { padding: 1, bias: false }),
  batchNorm2d('bn', 2),
  relu('relu'),
  tap('features'),
  maxPool2d('pool', 2),
  dropout('dropout', 0.5),
]);

function forward(training: boolean) {
  const b = new GraphBuilder(training ? 'training' : 'evaluation');
  const f = new Forward(b, training);
  b.output('y', block.forward(f, b.input('x', 'float32', [2, 1, 4, 4])));
  for (const [name, value] of f.updates) b.output(`${name}.next`, value);
  return { f, text: printGraph(validate(b.finish())) };
}

it('uses running statistics and no dropout in evaluation', () => {
  expect(forward(false).text).toMatchInlineSnapshot(`
    "graph evaluation
      input float32[2,1,4,4] %x
      input float32[2,1,3,3] %conv.weight
      input float32[2] %bn.weight
      input float32[2] %bn.bias
      input float32[2] %bn.running_mean
      input float32[2] %bn.running_var
      output float32[2,2,2,2] %y
      conv/Conv: float32[2,2,4,4] %conv/Conv_output = Conv(%x, %conv.weight) dilations=[1,1] group=1 kernel_shape=[3,3] pads=[1,1,1,1] strides=[1,1]
      bn/BatchNormalization: float32[2,2,4,4] %bn/BatchNormalization_output = BatchNormalization(%conv/Conv_output, %bn.weight, %bn.bias, %bn.running_mean, %bn.running_var) epsilon=0.00001
      relu/Relu: float32[2,2,4,4] %relu/Relu_output = Relu(%bn/BatchNormalization_output)
      pool/MaxPool: float32[2,2,2,2] %y, _ = MaxPool(%relu/Relu_output) kernel_shape=[2,2] pads=[0,0,0,0] strides=[2,2]"
  `);
});

it('updates statistics and asks for masks in training', () => {
  const { f, text } = forward(true);
  expect(text).toMatchInlineSnapshot(`
    "graph training
      input float32[2,1,4,4] %x
      input float32[2,1,3,3] %conv.weight
      input float32[2] %bn.weight
      input float32[2] %bn.bias
      input float32[2] %bn.running_mean
      input float32[2] %bn.running_var
      input int64[] %bn.num_batches_tracked
      input bool[2,2,2,2] %dropout.mask
      output float32[2,2,2,2] %y
      output float32[2] %bn.running_mean.next
      output float32[2] %bn.running_var.next
      output int64[] %bn.num_batches_tracked.next
      constant int64[] %1:int64 = 1
      conv/Conv: float32[2,2,4,4] %conv/Conv_output = Conv(%x, %conv.weight) dilations=[1,1] group=1 kernel_shape=[3,3] pads=[1,1,1,1] strides=[1,1]
      bn/BatchNormInternal: float32[2,2,4,4] %bn/BatchNormInternal.0_output, float32[2] %bn.running_mean.next, float32[2] %bn.running_var.next, float32[2] %bn/BatchNormInternal.3_output, float32[2] %bn/BatchNormInternal.4_output = BatchNormInternal(%conv/Conv_output, %bn.weight, %bn.bias, %bn.running_mean, %bn.running_var) epsilon=0.00001 momentum=0.1
      bn/Add: int64[] %bn.num_batches_tracked.next = Add(%bn.num_batches_tracked, %1:int64)
      relu/Relu: float32[2,2,4,4] %relu/Relu_output = Relu(%bn/BatchNormInternal.0_output)
      pool/MaxPool: float32[2,2,2,2] %pool/MaxPool.0_output, int64[2,2,2,2] %pool/MaxPool.1_output = MaxPool(%relu/Relu_output) kernel_shape=[2,2] pads=[0,0,0,0] strides=[2,2]
      dropout/MaskedDropout: float32[2,2,2,2] %y = MaskedDropout(%pool/MaxPool.0_output, %dropout.mask) ratio=0.5"
  `);
  expect(f.masks).toEqual([{ name: 'dropout.mask', shape: [2, 2, 2, 2], ratio: 0.5 }]);
  expect([...f.taps.keys()]).toEqual(['conv', 'bn', 'relu', 'features', 'pool', 'dropout']);
  expect([...f.updates.keys()]).toEqual(['bn.running_mean', 'bn.running_var', 'bn.num_batches_tracked']);
});

it('drops nothing at a rate of 0', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', 'float32', [2]);
  expect(dropout('dropout', 0).forward(new Forward(b, true), x)).toBe(x);
});

it('shares what two calls of one layer own', () => {
  const b = new GraphBuilder('g');
  const f = new Forward(b, true);
  const layer = linear('fc', 3, 3);
  layer.forward(f, layer.forward(f, b.input('x', 'float32', [2, 3])));
  expect(b.inputs.map(({ name }) => name)).toEqual(['x', 'fc.weight', 'fc.bias']);
});

it('refuses two taps of one name, and two updates of one buffer', () => {
  const f = new Forward(new GraphBuilder('g'), true);
  const x = f.b.input('x', 'float32', [2, 2, 2, 2]);
  f.tap('a', x);
  expect(() => f.tap('a', x)).toThrow(GraphError);
  expect(() => f.tap('a', x)).toThrow("two taps are named 'a'");
  const layer = batchNorm2d('bn', 2);
  layer.forward(f, x);
  expect(() => layer.forward(f, x)).toThrow("buffer 'bn.running_mean' is updated twice in one step");
});

it('counts correct predictions, the first of equal scores', async () => {
  const b = new GraphBuilder('correct');
  const logits = b.input('logits', 'float32', [3, 2]);
  b.output('correct', correctPredictions(b, logits, b.input('labels', 'int64', [3])));
  const scores = float32([1, 2, 5, 5, 3, -1], [3, 2]);
  expect(await execute(b.finish(), { logits: scores, labels: int64([1, 0, 1]) })).toEqual({ correct: [2] });
});
