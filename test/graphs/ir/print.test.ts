import { expect, it } from 'vitest';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import { removeDeadCode } from '../../../graphs/ir/passes/dead-code.ts';
import { printGraph } from '../../../graphs/ir/print.ts';
import { float32, int64 } from '../../../graphs/ir/types.ts';
import { smallNet, trainingGraph } from './fixtures.ts';

it('prints a network, one line a node', () => {
  expect(printGraph(removeDeadCode(smallNet()))).toMatchInlineSnapshot(`
    "graph small
      input float32[2,1,6,6] %images
      output float32[2,3] %probabilities
      constant float32[4,1,3,3] %conv1.weight
      constant float32[4] %conv1.bias = [-0.4999374,-0.4476977,-0.45515743,0.16920106]
      constant int64[2] %[2,16]:int64 = [2,16]
      constant float32[3,16] %fc.weight
      constant float32[3] %fc.bias = [-0.49992174,-0.18462212,0.05605322]
      conv1/Conv: float32[2,4,4,4] %conv1/Conv_output = Conv(%images, %conv1.weight, %conv1.bias) kernel_shape=[3,3]
      conv1/Relu: float32[2,4,4,4] %conv1/Relu_output = Relu(%conv1/Conv_output)
      fc/MaxPool: float32[2,4,2,2] %fc/MaxPool.0_output, _ = MaxPool(%conv1/Relu_output) kernel_shape=[2,2] strides=[2,2]
      fc/Reshape: float32[2,16] %fc/Reshape_output = Reshape(%fc/MaxPool.0_output, %[2,16]:int64)
      fc/Gemm: float32[2,3] %fc/Gemm_output = Gemm(%fc/Reshape_output, %fc.weight, %fc.bias) transB=1
      fc/Softmax: float32[2,3] %probabilities = Softmax(%fc/Gemm_output) axis=-1"
  `);
});

it('prints symbolic sizes, absent operands, strings and floats', () => {
  expect(printGraph(trainingGraph())).toMatchInlineSnapshot(`
    "graph training
      input float32[batch,4] %x
      input bool[batch,4] %mask
      input int64[batch] %labels
      input float32[2,1,6,6] %images
      output float32[] %loss
      output float32[batch,4] %x_grad
      output float32[1,1,3,3] %kernel_grad
      constant float32[] %1:float32 = 1
      constant float32[1,1,3,3] %kernel
      MaskedDropout: float32[batch,4] %MaskedDropout_output = MaskedDropout(%x, %mask) ratio=0.1
      SoftmaxCrossEntropyLoss: float32[] %loss, float32[batch,4] %SoftmaxCrossEntropyLoss.1_output = SoftmaxCrossEntropyLoss(%MaskedDropout_output, %labels) reduction="mean"
      SoftmaxCrossEntropyLossGrad: float32[batch,4] %x_grad = SoftmaxCrossEntropyLossGrad(%1:float32, %SoftmaxCrossEntropyLoss.1_output, %labels) reduction="mean"
      Conv: float32[2,1,6,6] %Conv_output = Conv(%images, %kernel) kernel_shape=[3,3] pads=[1,1,1,1]
      ConvGrad: _, float32[1,1,3,3] %kernel_grad, _ = ConvGrad(%Conv_output, %images, %kernel) kernel_shape=[3,3] pads=[1,1,1,1]"
  `);
});

it('prints small constants as they were typed, large ones by type alone', () => {
  const b = new GraphBuilder('constants');
  b.constant(float32([0.1, -0, Number.NaN, 1e-8]), 'floats');
  b.constant(float32([0.5], []), 'scalar');
  b.constant(int64([-1, 2], [2, 1]), 'column');
  b.constant({ dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) }, 'flags');
  b.constant(float32(new Float32Array(9)), 'large');
  expect(printGraph(b.finish())).toMatchInlineSnapshot(`
    "graph constants
      constant float32[4] %floats = [0.1,-0,NaN,1e-8]
      constant float32[] %scalar = 0.5
      constant int64[2,1] %column = [-1,2]
      constant bool[2] %flags = [1,0]
      constant float32[9] %large"
  `);
});
