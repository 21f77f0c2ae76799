/**
 * The training operators: what autodiff and the optimizers speak. They are named and ordered as ONNX Runtime's
 * training build has them, in domain `ai.atelier` where the meaning is not quite the same; each row's
 * comment is its formula. No provider runs them: a target lowers them.
 */
import type { TensorType } from '../types.ts';
import { define, type Operands, required } from './definition.ts';
import { checkPerChannel, convAttributes, convolved, poolAttributes } from './neural.ts';
import { floating, slidingWindow } from './rules.ts';

/** Refuses operand `index` where it has not the type of operand `like`. */
function sameAs(x: Operands, index: number, like: number): void {
  x.expect(index, x.type(like).dtype, x.shape(like));
}

/** Scores (or log-probabilities) [N,classes] and labels int64[N]. */
function checkLoss(x: Operands, scores: number, labels: number, reduction: string): void {
  if (reduction !== 'mean') throw x.error(`reduction '${reduction}' is not supported, 'mean' is`);
  x.rank(scores, 2);
  x.expect(labels, 'int64', [x.dimension(scores, 0)]);
}

export const training = {
  /** loss = -mean_i log_prob[i, labels[i]]; log_prob = LogSoftmax(scores) over the last axis. */
  SoftmaxCrossEntropyLoss: define({
    domain: '',
    inputs: ['scores', 'labels'],
    outputs: ['loss', 'log_prob'],
    attributes: { reduction: required('string') },
    training: true,
    infer: (x, { reduction }) => {
      checkLoss(x, 0, 1, reduction);
      return [{ dtype: floating(x, 0).dtype, shape: [] }, x.type(0)];
    },
  }),
  /** d_scores = dY / N * (exp(log_prob) - onehot(labels)). */
  SoftmaxCrossEntropyLossGrad: define({
    domain: 'com.microsoft',
    inputs: ['dY', 'log_prob', 'labels'],
    outputs: ['d_scores'],
    attributes: { reduction: required('string') },
    training: true,
    infer: (x, { reduction }) => {
      checkLoss(x, 1, 2, reduction);
      x.expect(0, floating(x, 1).dtype, []);
      return [x.type(1)];
    },
  }),
  /** dX = dY where Y > 0, else 0; Y is Relu's output. */
  ReluGrad: define({
    domain: 'com.microsoft',
    inputs: ['dY', 'Y'],
    outputs: ['dX'],
    attributes: {},
    training: true,
    infer: (x) => {
      sameAs(x, 0, 1);
      return [floating(x, 1)];
    },
  }),
  /** Gradients of Y = X * W + B (cross-correlation) for data, weight and bias; outputs nobody asked for are left out. */
  ConvGrad: define({
    domain: 'com.microsoft',
    inputs: ['dY', 'X', 'W'],
    outputs: [{ optional: 'dX' }, { optional: 'dW' }, { optional: 'dB' }],
    attributes: convAttributes,
    training: true,
    infer: (x, a) => {
      const { dtype } = floating(x, 1);
      x.expect(0, dtype, convolved(x, 1, 2, a));
      x.expect(2, dtype, x.shape(2));
      return [x.type(1), x.type(2), { dtype, shape: [x.size(2, 0)] }];
    },
  }),
  /**
   * dX takes dY at the position that MaxPool's Indices name (the first maximum of each window, row-major, as in
   * PyTorch), 0 elsewhere. `input_shape` is the shape of dX, which the operands do not tell.
   */
  MaxPoolGrad: define({
    domain: 'ai.atelier',
    inputs: ['dY', 'Indices'],
    outputs: ['dX'],
    attributes: { ...poolAttributes, input_shape: required('ints') },
    training: true,
    infer: (x, { input_shape, ...window }) => {
      const { dtype } = floating(x, 0);
      const pooled = [...input_shape.slice(0, 2), ...slidingWindow(x, input_shape, window)];
      x.expect(0, dtype, pooled);
      x.expect(1, 'int64', pooled);
      return [{ dtype, shape: input_shape }];
    },
  }),
  /**
   * Batch normalization in training (Ioffe and Szegedy, 2015, algorithm 1) over all axes but the channel:
   * Y = (X - mean) * inv_std * scale + B with the batch's mean and biased variance; the running statistics move to
   * running * (1 - momentum) + batch * momentum, with PyTorch's momentum and its unbiased batch variance.
   */
  BatchNormInternal: define({
    domain: 'ai.atelier',
    inputs: ['X', 'scale', 'B', 'input_mean', 'input_var'],
    outputs: ['Y', 'running_mean', 'running_var', 'saved_mean', 'saved_inv_std'],
    attributes: { epsilon: required('float'), momentum: required('float') },
    training: true,
    infer: (x) => {
      checkPerChannel(x, 0, [1, 2, 3, 4]);
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
    infer: (x) => {
      sameAs(x, 0, 1);
      checkPerChannel(x, 1, [2, 3, 4]);
      return [x.type(1), x.type(2), x.type(2)];
    },
  }),
  /**
   * output = data * mask / (1 - ratio), with the mask drawn by the host (bool, 1 keeps): dropout whose randomness is
   * an input. A mask with sizes of 1 is broadcast: it drops whole channels, or whole images. It is linear in its data, so it
   * is its own gradient; ORT's DropoutGrad computes the same function where the mask has the data's shape.
   */
  MaskedDropout: define({
    domain: 'ai.atelier',
    inputs: ['data', 'mask'],
    outputs: ['output'],
    attributes: { ratio: required('float') },
    training: true,
    infer: (x, { ratio }) => {
      if (ratio < 0 || ratio >= 1) throw x.error(`ratio must be from 0 to below 1, got ${ratio}`);
      const [shape, mask] = [x.shape(0), x.shape(1)];
      const fits = mask.length === shape.length && mask.every((size, axis) => size === 1 || size === shape[axis]);
      if (!fits) x.expect(1, 'bool', shape);
      x.expect(1, 'bool', mask);
      return [floating(x, 0)];
    },
  }),
  /**
   * One parameter's step of Adam with decoupled weight decay (Loshchilov and Hutter, 2019), as PyTorch computes it:
   * p' = p (1 - lr λ);  m = β₁ m + (1-β₁) g;  v = β₂ v + (1-β₂) g²;
   * p  = p' - lr / (1-β₁ᵗ) · m / (√v / √(1-β₂ᵗ) + ε).  With λ = 0 it is Adam (Kingma and Ba, 2015).
   */
  AdamWOptimizer: define({
    domain: 'ai.atelier',
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
      x.expect(0, floating(x, 2).dtype, [1]);
      x.expect(1, 'int64', [1]);
      for (const index of [3, 4, 5]) sameAs(x, index, 2);
      return [x.type(2), x.type(4), x.type(5)];
    },
  }),
};
