/**
 * The training operators: what autodiff and the optimizers speak. They are named and ordered as ONNX Runtime's
 * training build has them; each row's comment is its formula. No provider runs them: a target lowers them.
 */
import type { TensorType } from '../types.ts';
import { define, required } from './definition.ts';
import { convAttributes, poolAttributes } from './neural.ts';
import { floating } from './rules.ts';

const scalar: TensorType = { dtype: 'float32', shape: [] };

export const training = {
  /** loss = -mean_i log_prob[i, labels[i]]; log_prob = LogSoftmax(scores) over the last axis. */
  SoftmaxCrossEntropyLoss: define({
    domain: '',
    inputs: ['scores', 'labels'],
    outputs: ['loss', 'log_prob'],
    attributes: { reduction: required('string') },
    training: true,
    infer: (x, { reduction }) => {
      if (reduction !== 'mean') throw x.error(`reduction '${reduction}' is not supported, 'mean' is`);
      const [batch] = x.rank(0, 2);
      const labels = x.type(1);
      if (labels.dtype !== 'int64' || labels.shape.length !== 1 || labels.shape[0] !== batch)
        throw x.error(`labels must be int64[${batch}], got ${labels.dtype}[${labels.shape.join(',')}]`);
      return [{ ...scalar, dtype: floating(x, 0).dtype }, x.type(0)];
    },
  }),
  /** d_scores = dY / N * (exp(log_prob) - onehot(labels)). */
  SoftmaxCrossEntropyLossGrad: define({
    domain: 'com.microsoft',
    inputs: ['dY', 'log_prob', 'labels'],
    outputs: ['d_scores'],
    attributes: { reduction: required('string') },
    training: true,
    infer: (x) => [x.type(1)],
  }),
  /** dX = dY where Y > 0, else 0; Y is Relu's output. */
  ReluGrad: define({
    domain: 'com.microsoft',
    inputs: ['dY', 'Y'],
    outputs: ['dX'],
    attributes: {},
    training: true,
    infer: (x) => [x.type(1)],
  }),
  /** Gradients of Y = X * W + B (cross-correlation) for data, weight and bias; outputs nobody asked for are left out. */
  ConvGrad: define({
    domain: 'com.microsoft',
    inputs: ['dY', 'X', 'W'],
    outputs: ['dX?', 'dW?', 'dB?'],
    attributes: convAttributes,
    training: true,
    infer: (x) => [x.type(1), x.type(2), { dtype: x.type(2).dtype, shape: [x.size(2, 0)] }],
  }),
  /**
   * dX takes dY at the position that MaxPool's Indices name (the first maximum of each window, row-major, as in
   * PyTorch), 0 elsewhere. `input_shape` is the shape of dX, which the operands do not tell.
   */
  MaxPoolGrad: define({
    domain: '',
    inputs: ['dY', 'Indices'],
    outputs: ['dX'],
    attributes: { ...poolAttributes, input_shape: required('ints') },
    training: true,
    infer: (x, { input_shape }) => [{ dtype: x.type(0).dtype, shape: input_shape }],
  }),
  /**
   * Batch normalization in training (Ioffe and Szegedy, 2015, algorithm 1) over all axes but the channel:
   * Y = (X - mean) * inv_std * scale + B with the batch's mean and biased variance; the running statistics move to
   * running * (1 - momentum) + batch * momentum, with PyTorch's momentum and its unbiased batch variance.
   */
  BatchNormInternal: define({
    domain: 'com.microsoft',
    inputs: ['X', 'scale', 'B', 'input_mean', 'input_var'],
    outputs: ['Y', 'running_mean', 'running_var', 'saved_mean', 'saved_inv_std'],
    attributes: { epsilon: required('float'), momentum: required('float') },
    training: true,
    infer: (x) => {
      const channels: TensorType = { dtype: x.type(1).dtype, shape: [x.size(0, 1)] };
      return [floating(x, 0), channels, channels, channels, channels];
    },
  }),
  /** With x̂ = (X - mean) inv_std and M elements a channel: dB = Σ dY, dscale = Σ dY x̂, dX = scale inv_std (dY - dB/M - x̂ dscale/M). */
  BatchNormalizationGrad: define({
    domain: 'com.microsoft',
    inputs: ['dY', 'X', 'scale', 'saved_mean', 'saved_inv_std'],
    outputs: ['dX', 'dscale', 'dB'],
    attributes: { epsilon: required('float') },
    training: true,
    infer: (x) => [x.type(1), x.type(2), x.type(2)],
  }),
  /**
   * output = data * mask / (1 - ratio), with the mask drawn by the host (bool, 1 keeps): dropout whose randomness is
   * an input. It is linear in its data, so it is its own gradient; ORT's DropoutGrad computes the same function.
   */
  MaskedDropout: define({
    domain: 'ai.atelier',
    inputs: ['data', 'mask'],
    outputs: ['output'],
    attributes: { ratio: required('float') },
    training: true,
    infer: (x) => {
      const mask = x.type(1);
      if (mask.dtype !== 'bool' || mask.shape.join() !== x.shape(0).join())
        throw x.error(`the mask must be bool[${x.shape(0).join(',')}], got ${mask.dtype}[${mask.shape.join(',')}]`);
      return [x.type(0)];
    },
  }),
  /**
   * One parameter's step of Adam with decoupled weight decay (Loshchilov and Hutter, 2019), as PyTorch computes it:
   * p' = p (1 - lr λ);  m = β₁ m + (1-β₁) g;  v = β₂ v + (1-β₂) g²;
   * p  = p' - lr / (1-β₁ᵗ) · m / (√v / √(1-β₂ᵗ) + ε).  With λ = 0 it is Adam (Kingma and Ba, 2015).
   */
  AdamWOptimizer: define({
    domain: 'com.microsoft',
    inputs: ['learning_rate', 'step', 'weight', 'gradient', 'momentum_1', 'momentum_2'],
    outputs: ['updated_weight', 'updated_momentum_1', 'updated_momentum_2'],
    attributes: {
      alpha: required('float'),
      beta: required('float'),
      epsilon: required('float'),
      weight_decay: required('float'),
    },
    training: true,
    infer: (x) => {
      for (const index of [3, 4, 5]) {
        if (x.shape(index).join() !== x.shape(2).join())
          throw x.error(`input ${index} is [${x.shape(index).join(',')}], the weight [${x.shape(2).join(',')}]`);
      }
      return [x.type(2), x.type(4), x.type(5)];
    },
  }),
};
