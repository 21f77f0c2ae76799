/**
 * Operators of ONNX Runtime's training build that target `ort-training` lowers to. Where such an operator has the name
 * of one of ours but not its meaning (`training.ts`), its row is called Ort…. Only that build can run them.
 */

import { define, required } from './definition.ts';
import { checkPerChannel, poolAttributes } from './neural.ts';
import { floating, sameDtype } from './rules.ts';

export const ortTraining = {
  /** dx = dy where the mask is set, over (1 - ratio), else 0. Dropout with a mask from outside is the same function. */
  DropoutGrad: define({
    domain: 'com.microsoft',
    inputs: ['dy', 'mask', 'ratio', 'training_mode'],
    outputs: ['dx'],
    attributes: {},
    training: true,
    infer: (x) => {
      x.expect(1, 'bool', x.shape(0));
      x.expect(2, 'float32', []);
      x.expect(3, 'bool', []);
      return [floating(x, 0)];
    },
  }),
  /** The kernel is not told the shape of dX, and makes the smallest one that the windows tile, (size - 1) stride + kernel - pads. */
  OrtMaxPoolGrad: define({
    type: 'MaxPoolGrad',
    domain: '',
    inputs: ['dY', 'Indices'],
    outputs: ['dX'],
    attributes: poolAttributes,
    training: true,
    infer: (x, { kernel_shape, pads, strides }) => {
      x.expect(1, 'int64', x.shape(0));
      const spatial = kernel_shape.map((kernel, axis) => {
        const padding = (pads?.[axis] ?? 0) + (pads?.[axis + kernel_shape.length] ?? 0);
        return (x.size(0, axis + 2) - 1) * (strides?.[axis] ?? 1) + kernel - padding;
      });
      return [{ dtype: floating(x, 0).dtype, shape: [...x.shape(0).slice(0, 2), ...spatial] }];
    },
  }),
  /**
   * running = running * momentum + batch * (1 - momentum), with the batch's biased variance. The kernel writes the
   * running statistics over its inputs 3 and 4.
   */
  OrtBatchNormInternal: define({
    type: 'BatchNormInternal',
    domain: 'com.microsoft',
    inputs: ['X', 'scale', 'B', 'input_mean', 'input_var'],
    outputs: ['Y', 'running_mean', 'running_var', 'saved_mean', 'saved_inv_std'],
    attributes: { epsilon: required('float'), momentum: required('float'), training_mode: required('int') },
    training: true,
    infer: (x) => {
      checkPerChannel(x, 0, [1, 2, 3, 4]);
      return [floating(x, 0), x.type(1), x.type(1), x.type(1), x.type(1)];
    },
  }),
  /** buffer = value where overwrite_flag is set, else buffer + value, in place. Its effect is on the buffer. */
  InPlaceAccumulatorV2: define({
    domain: 'com.microsoft',
    inputs: ['accumulation_buffer', 'value', 'overwrite_flag'],
    outputs: ['updated_flag'],
    attributes: {},
    training: true,
    infer: (x) => {
      x.expect(1, sameDtype(x, 0, 1), x.shape(0));
      x.expect(2, 'bool', x.shape(2).length === 0 ? [] : [1]);
      return [{ dtype: 'bool', shape: [1] }];
    },
  }),
  /** done = true, once all inputs are there. (The schema says a scalar, the kernel makes one element.) */
  Group: define({
    domain: 'com.microsoft',
    inputs: [{ variadic: 'inputs' }],
    outputs: ['done'],
    attributes: {},
    training: true,
    infer: () => [{ dtype: 'bool', shape: [] }],
  }),
  /** AdamW over sequences of float32 tensors, all in place. adam_mode 0 decays weights before the step, as PyTorch does. */
  OrtAdamWOptimizer: define({
    type: 'AdamWOptimizer',
    domain: 'com.microsoft',
    inputs: ['lr', 'step', 'weights', 'gradients', 'momentums_1', 'momentums_2'],
    outputs: ['updated_flag'],
    attributes: {
      alpha: required('float'),
      beta: required('float'),
      epsilon: required('float'),
      weight_decay: required('float'),
      adam_mode: required('int'),
      correct_bias: required('int'),
    },
    training: true,
    infer: (x) => {
      x.expect(0, 'float32', [1]);
      x.expect(1, 'int64', [1]);
      for (const index of [2, 3, 4, 5])
        if (!x.type(index).sequence) throw x.error(`input ${index} must be a sequence of tensors`);
      return [{ dtype: 'bool', shape: [1] }];
    },
  }),
};
