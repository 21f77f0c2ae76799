import type { GraphBuilder } from '../../ir/builder.ts';
import type { OpName } from '../../ir/ops/index.ts';
import { staticShape, type Value } from '../../ir/types.ts';
import type { ChannelMath } from '../portable/channels.ts';
import type { LoweringContext } from '../target.ts';

/** Channels that lie side by side in memory: 8 where the processor has AVX or AVX2, 16 with AVX-512. */
export type BlockSize = 8 | 16;

/** How a tensor of a convolutional net gets into the CPU provider's blocked layout and out, and what is done inside. */
export class BlockedLayout {
  /** Channel math on blocked tensors; per-channel operands and results are plain [C]. */
  readonly channels: ChannelMath;

  constructor(readonly block: BlockSize) {
    this.channels = {
      sum: (b, x) => this.#overImages(b, x, b.sum(this.#positions(b, x), [1])),
      // A product and a sum: ReduceSumSquare takes 1.4 times as long over this axis.
      sumOfProducts: (b, x, y) => this.channels.sum(b, b.op('Mul', [x, y], {})),
      affine: (b, x, scale, offset, addend) => this.#affine(b, x, scale, offset, addend),
    };
  }

  /** Whether the layout exists for a value: float32[N,C,H,W] of static size with C a multiple of the block. */
  fits(value: Value): boolean {
    return value.dtype === 'float32' && this.#divides(value);
  }

  /** A node's operands in the layout, as far as they fit; masks, which enter as numbers, too. */
  entered<O extends OpName>(c: LoweringContext<O>): LoweringContext<O> {
    const enters = (value: Value) => this.fits(value) || (value.dtype === 'bool' && this.#divides(value));
    return c.with((value) => (enters(value) ? this.enter(c.b, value) : value));
  }

  /** The blocked form of a plain [N,C,H,W]; a mask (bool) comes as numbers. */
  enter(b: GraphBuilder, value: Value): Value {
    return b.op('ReorderInput', [b.cast(value, 'float32')], {});
  }

  leave(b: GraphBuilder, value: Value): Value {
    return b.op('ReorderOutput', [value], { channels: this.size(value, 1) });
  }

  /** From blocked [N,C,H,W] to plain [N,H,W,C], in one pass. */
  leaveChannelsLast(b: GraphBuilder, value: Value): Value {
    return b.op('ReorderOutput', [value], { channels: this.size(value, 1), channels_last: 1 });
  }

  /** Means over positions of a blocked [N,C,H,W], as [N,C,1,1], where both layouts are the same. */
  positionMean(b: GraphBuilder, x: Value): Value {
    const share = b.scalar(1 / (this.size(x, 2) * this.size(x, 3)));
    const mean = b.op('Mul', [b.sum(this.#positions(b, x), [1]), share], {});
    return b.reshape(mean, [this.size(x, 0), this.size(x, 1), 1, 1]);
  }

  /** [N,C,1,1] repeated over all positions of a blocked [N,C,H,W]. */
  repeat(b: GraphBuilder, value: Value, shape: readonly number[]): Value {
    const [images = 0, channels = 0, height = 0, width = 0] = shape;
    const rows = (images * channels) / this.block;
    const column = b.reshape(value, [rows, 1, this.block]);
    return b.reshape(b.op('Expand', [column, b.ints(rows, height * width, this.block)], {}), shape);
  }

  /** The kernels of a convolution as the provider wants them: [M,C,kh,kw] -> [M/b,C/b,kh,kw,b(C),b(M)]. */
  kernels(b: GraphBuilder, weight: Value): Value {
    const [outputs = 0, inputs = 0, ...kernel] = staticShape(weight.shape, weight.name);
    const { block } = this;
    const blocked =
      inputs < block
        ? b.op('Transpose', [b.reshape(weight, [outputs / block, block, inputs, ...kernel])], { perm: [0, 2, 3, 4, 1] })
        : b.op('Transpose', [b.reshape(weight, [outputs / block, block, inputs / block, block, ...kernel])], {
            perm: [0, 2, 4, 5, 3, 1],
          });
    return b.reshape(blocked, [outputs, inputs, ...kernel]);
  }

  size(value: Value, axis: number): number {
    return staticShape(value.shape, value.name)[axis] ?? 0;
  }

  #divides({ shape }: Value): boolean {
    const [, channels] = shape;
    const isStatic = shape.every((size) => typeof size === 'number');
    return isStatic && shape.length === 4 && typeof channels === 'number' && channels % this.block === 0;
  }

  /** Blocked [N,C,H,W] as it lies: [N·C/b, H·W, b]. */
  #positions(b: GraphBuilder, x: Value): Value {
    const [images = 0, channels = 0, height = 0, width = 0] = staticShape(x.shape, x.name);
    return b.reshape(x, [(images * channels) / this.block, height * width, this.block]);
  }

  #overImages(b: GraphBuilder, x: Value, perImage: Value): Value {
    return b.sum(b.reshape(perImage, [this.size(x, 0), this.size(x, 1)]), [0]);
  }

  /** A depthwise convolution with kernels of one element is scale x + offset + addend in one pass. */
  #affine(b: GraphBuilder, x: Value, scale: Value, offset: Value | null, addend?: Value): Value {
    const channels = this.size(x, 1);
    return b.op('NchwcConv', [x, b.reshape(scale, [channels, 1, 1, 1]), offset, addend], {
      kernel_shape: [1, 1],
      pads: [0, 0, 0, 0],
      strides: [1, 1],
      dilations: [1, 1],
      group: channels,
    });
  }
}
