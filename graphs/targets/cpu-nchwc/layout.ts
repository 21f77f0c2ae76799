import type { GraphBuilder } from '../../ir/builder.ts';
import type { OpName } from '../../ir/ops/index.ts';
import { staticShape, type Value } from '../../ir/types.ts';
import type { ChannelMath } from '../portable/channels.ts';
import type { LoweringContext } from '../target.ts';

/** Channels that lie side by side in memory: 8 where the processor has AVX or AVX2, 16 with AVX-512. */
export type BlockSize = 8 | 16;

/** Numbers that are added to one float32 accumulator, at most. */
const longestSum = 256;

/** How a tensor of a convolutional net gets into the CPU provider's blocked layout and out, and what is done inside. */
export class BlockedLayout {
  /** Channel math on blocked tensors; per-channel operands and results are plain [C]. */
  readonly channels: ChannelMath;

  constructor(readonly block: BlockSize) {
    this.channels = {
      sum: (b, x) => this.#sum(b, x),
      sumOfProducts: (b, x, y) => this.#total(b, x, (parts) => this.#dotProducts(b, parts, y)),
      affine: (b, x, scale, offset, addend) => this.#affine(b, x, scale, offset, addend ?? null),
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

  /** The plain form of a blocked [N,C,H,W]. */
  leave(b: GraphBuilder, value: Value): Value {
    return b.op('ReorderOutput', [value], { channels: this.size(value, 1) });
  }

  /** From blocked [N,C,H,W] to plain [N,H,W,C], in one pass. */
  leaveChannelsLast(b: GraphBuilder, value: Value): Value {
    return b.op('ReorderOutput', [value], { channels: this.size(value, 1), channels_last: 1 });
  }

  /** Means over positions of a blocked [N,C,H,W], as [N,C,1,1], where both layouts are the same. */
  positionMean(b: GraphBuilder, x: Value): Value {
    return b.op('NchwcGlobalAveragePool', [x], {});
  }

  /** [N,C,1,1] repeated over all positions of a blocked [N,C,H,W]. */
  repeat(b: GraphBuilder, value: Value, shape: readonly number[]): Value {
    const [images = 0, channels = 0, height = 0, width = 0] = shape;
    const rows = (images * channels) / this.block;
    const column = b.reshape(value, [rows, 1, this.block]);
    return b.reshape(b.op('Expand', [column, b.ints(rows, height * width, this.block)], {}), shape);
  }

  /**
   * The kernels of a convolution as the provider wants them: [M,C,kh,kw] -> [M/b,C/b,kh,kw,b(C),b(M)]; with fewer channels
   * than a block, [M/b,C,kh,kw,b(M)]. The channels M go inwards as a plain tensor enters the layout, which the runtime does
   * with vectors and all threads; what is left moves pieces of b numbers.
   */
  kernels(b: GraphBuilder, weight: Value): Value {
    const shape = staticShape(weight.shape, weight.name);
    const [outputs = 0, inputs = 0, height = 0, width = 0] = shape;
    const { block } = this;
    const taps = height * width;
    const apart = b.reshape(weight, [outputs / block, block, inputs * taps, 1]);
    const outputsInside = b.op('ReorderInput', [apart], {});
    if (inputs < block) return b.reshape(outputsInside, shape);
    const rows = (outputs / block) * (inputs / block);
    const lying = b.reshape(outputsInside, [rows, block, taps, block]);
    return b.reshape(b.op('Transpose', [lying], { perm: [0, 2, 1, 3] }), shape);
  }

  /**
   * Blocked kernels of a convolution, [M/b,C/b,kh,kw,b(C),b(M)], as those of its data gradient: channels exchanged, turned by
   * 180 degrees, [C/b,M/b,kh,kw,b(M),b(C)]. The squares of b x b numbers change places as a whole and are then
   * transposed, as a plain tensor enters the layout.
   */
  turned(b: GraphBuilder, kernels: Value): Value {
    const [outputs = 0, inputs = 0, height = 0, width = 0] = staticShape(kernels.shape, kernels.name);
    const { block } = this;
    const [rows, columns, taps] = [outputs / block, inputs / block, height * width];
    const order = Array.from({ length: rows * columns * taps }, (_, to) => {
      const [column, row, tap] = [Math.floor(to / (rows * taps)), Math.floor(to / taps) % rows, to % taps];
      return (row * columns + column) * taps + (taps - 1 - tap);
    });
    const squares = b.reshape(kernels, [order.length, block * block]);
    const moved = b.op('Gather', [squares, b.ints(...order)], { axis: 0 });
    const transposed = b.op('ReorderInput', [b.reshape(moved, [order.length, block, block, 1])], {});
    return b.reshape(transposed, [inputs, outputs, height, width]);
  }

  /** [M/b,kh·kw,C,b(M)], as a blocked convolution leaves a weight gradient, to [M,C,kh,kw]. */
  plainKernels(
    b: GraphBuilder,
    sums: Value,
    [outputs, inputs, height, width]: readonly [number, number, number, number],
  ): Value {
    const { block } = this;
    const taps = height * width;
    const lying = b.reshape(sums, [outputs / block, taps, inputs, block]);
    const channelsFirst = b.op('Transpose', [lying], { perm: [0, 2, 1, 3] });
    const outputsOutside = this.leave(b, b.reshape(channelsFirst, [outputs / block, block, inputs * taps, 1]));
    return b.reshape(outputsOutside, [outputs, inputs, height, width]);
  }

  /** One size of a value whose shape must be static. */
  size(value: Value, axis: number): number {
    return staticShape(value.shape, value.name)[axis] ?? 0;
  }

  #divides({ shape }: Value): boolean {
    const [, channels] = shape;
    const isStatic = shape.every((size) => typeof size === 'number');
    return isStatic && shape.length === 4 && typeof channels === 'number' && channels % this.block === 0;
  }

  /**
   * Σ of a blocked x [N,C,H,W] over images and positions, [C], from sums of its parts: `sumsOf` gets [1,P,h,W], P = N·C·H/h
   * maps of h rows, and gives a sum for each. Each is one float32 accumulator, on which the same number added hundreds of
   * times (an empty background) errs to one side; in large maps a part is therefore one row.
   */
  #total(b: GraphBuilder, x: Value, sumsOf: (parts: Value) => Value): Value {
    const [images = 0, channels = 0, height = 0, width = 0] = staticShape(x.shape, x.name);
    const parts = height * width > longestSum ? height : 1;
    const sums = sumsOf(b.reshape(x, [1, images * channels * parts, height / parts, width]));
    const lying = [images, channels / this.block, parts, this.block];
    const perMap = parts === 1 ? sums : b.sum(b.reshape(sums, lying), [2]);
    return b.sum(b.reshape(perMap, [images, channels]), [0]);
  }

  /** Σ x of a blocked [N,C,H,W], [C]: means of its parts, which are numbers of elements times too small as a sum is. */
  #sum(b: GraphBuilder, x: Value): Value {
    let elements = 1;
    const total = this.#total(b, x, (parts) => {
      elements = this.size(parts, 2) * this.size(parts, 3);
      return this.positionMean(b, parts);
    });
    return b.mul(total, b.scalar(elements));
  }

  /**
   * Σ x y over the positions of each map of a blocked [1,P,h,W]: a depthwise convolution of x with y, as depthwise kernels
   * lie in memory as blocked tensors do. One pass, where a product and its sum are three.
   */
  #dotProducts(b: GraphBuilder, x: Value, y: Value): Value {
    const [, maps = 0, height = 0, width = 0] = staticShape(x.shape, x.name);
    return this.#depthwise(b, x, b.reshape(y, [maps, 1, height, width]));
  }

  /** A depthwise convolution with kernels of one element is scale x + offset + addend in one pass. */
  #affine(b: GraphBuilder, x: Value, scale: Value, offset: Value | null, addend: Value | null): Value {
    return this.#depthwise(b, x, b.reshape(scale, [this.size(x, 1), 1, 1, 1]), offset, addend);
  }

  /** Each map of x with a kernel of its own [C,1,kh,kw], without padding; plus an offset [C] and an addend of the result's shape. */
  #depthwise(
    b: GraphBuilder,
    x: Value,
    kernels: Value,
    offset: Value | null = null,
    addend: Value | null = null,
  ): Value {
    return b.op('NchwcConv', [x, kernels, offset, addend], {
      kernel_shape: [this.size(kernels, 2), this.size(kernels, 3)],
      pads: [0, 0, 0, 0],
      strides: [1, 1],
      dilations: [1, 1],
      group: this.size(kernels, 0),
    });
  }
}
