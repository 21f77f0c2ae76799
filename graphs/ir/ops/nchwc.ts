/**
 * Operators of the CPU provider's blocked layout (domain com.microsoft.nchwc, ORT's core/graph/contrib_ops/nchwc_schema_defs.cc).
 * A blocked tensor is said to be [N,C,H,W] but lies in memory as [N,C/b,H,W,b], b being the block size that the provider
 * chooses for the processor; C must be a multiple of it. Values carry no mark of their layout: whoever uses these rows
 * keeps account of it, and comes and goes by ReorderInput and ReorderOutput.
 */
import { define, optional, required } from './definition.ts';
import { convAttributes, convolved, neural, poolAttributes } from './neural.ts';
import { floating, sameDtype } from './rules.ts';

const domain = 'com.microsoft.nchwc';

export const nchwc = {
  /**
   * activation(Conv(X, W) + B + Sum). W [M,C,…] lies in memory as [M/b,C/b,kh,kw,b(C),b(M)]; for a single channel, where X
   * is not blocked, and for depthwise kernels as [M/b,C,kh,kw,b].
   */
  NchwcConv: define({
    type: 'Conv',
    domain,
    inputs: ['X', 'W', { optional: 'B' }, { optional: 'Sum' }],
    outputs: ['Y'],
    attributes: { ...convAttributes, activation: optional('string') },
    infer: (x, a) => {
      const type = { dtype: sameDtype(x, 0, 1), shape: convolved(x, 0, 1, a) };
      if (x.has(2)) x.expect(2, type.dtype, [x.size(1, 0)]);
      if (x.has(3)) x.expect(3, type.dtype, type.shape);
      return [type];
    },
    macs: (x, a) => neural.Conv.macs?.(x, a) ?? 0,
  }),
  NchwcMaxPool: define({
    type: 'MaxPool',
    domain,
    inputs: ['X'],
    outputs: ['Y'],
    attributes: poolAttributes,
    infer: (x, a) => neural.MaxPool.infer(x, a).slice(0, 1),
  }),
  /** Each element repeated along the spatial axes, as often as `scales` (of all four axes, whole numbers) say. */
  NchwcUpsample: define({
    type: 'Upsample',
    domain,
    inputs: ['X'],
    outputs: ['Y'],
    attributes: {
      scales: required('ints'),
      mode: required('string'),
      coordinate_transformation_mode: required('string'),
    },
    infer: (x, { scales }) => {
      const shape = x.rank(0, 4);
      if (scales.length !== 4 || scales[0] !== 1 || scales[1] !== 1)
        throw x.error(`scales [${scales.join(',')}]: four expected, the first two of them 1`);
      const larger = shape.map((size, axis) => (axis < 2 ? size : x.size(0, axis) * (scales[axis] ?? 1)));
      return [{ dtype: floating(x, 0).dtype, shape: larger }];
    },
  }),
  /** Means over positions, [N,C,1,1]. */
  NchwcGlobalAveragePool: define({
    type: 'GlobalAveragePool',
    domain,
    inputs: ['X'],
    outputs: ['Y'],
    attributes: {},
    infer: (x) => neural.GlobalAveragePool.infer(x, {}),
  }),
  /** Plain to blocked: [N,C,H,W], or [N,H,W,C] with channels_last, to blocked [N,C,H,W]. */
  ReorderInput: define({
    domain,
    inputs: ['X'],
    outputs: ['Y'],
    attributes: { channels_last: optional('int') },
    infer: (x, { channels_last = 0 }) => {
      const { dtype } = floating(x, 0);
      const [batch = 0, first = 0, second = 0, third = 0] = x.rank(0, 4);
      return [{ dtype, shape: channels_last ? [batch, third, first, second] : [batch, first, second, third] }];
    },
  }),
  /** Blocked to plain: blocked [N,C,H,W] to [N,C,H,W], or to [N,H,W,C] with channels_last. */
  ReorderOutput: define({
    domain,
    inputs: ['X'],
    outputs: ['Y'],
    attributes: { channels: required('int'), channels_last: optional('int') },
    infer: (x, { channels, channels_last = 0 }) => {
      const { dtype } = floating(x, 0);
      const [batch = 0, found = 0, height = 0, width = 0] = x.rank(0, 4);
      if (found !== channels) throw x.error(`channels must be those of the data, ${found}, got ${channels}`);
      return [{ dtype, shape: channels_last ? [batch, height, width, found] : [batch, found, height, width] }];
    },
  }),
};
