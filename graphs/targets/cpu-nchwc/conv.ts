/** Convolutions and their gradients in the blocked layout. */
import type { GraphBuilder } from '../../ir/builder.ts';
import { elementCount, staticShape, type Value } from '../../ir/types.ts';
import {
  type ConvGeometry,
  geometryOf,
  convGrad as portableConvGrad,
  dataGradient as portableDataGradient,
  weightGradient as portableWeightGradient,
  windowRows,
} from '../portable/conv.ts';
import { spread } from '../portable/pool.ts';
import { type Sizes, sizesOf, stridedGradients } from '../portable/strided-conv.ts';
import type { Lowering, LoweringContext } from '../target.ts';
import type { BlockedLayout } from './layout.ts';
import { depthwiseWeightGradient, isDepthwise, stridedDataGradient, zerosAfter } from './strided.ts';

type Pair = readonly [height: number, width: number];

const plain = { strides: [1, 1], dilations: [1, 1], group: 1 } as const;

/**
 * A convolution is blocked where its outputs fit and its inputs do too, or are too few to fill a block: then the provider
 * reads them plain.
 */
export function conv(layout: BlockedLayout): Lowering<'Conv'> {
  return (c) => {
    const { b } = c;
    const [x, weight] = [c.x(0), c.x(1)];
    const attributes = { ...plain, pads: [0, 0, 0, 0], ...c.node.attributes };
    const [result] = c.node.outputs;
    if (!result || !layout.fits(result) || !suits(layout, x)) return c.copy();
    const depthwise =
      layout.fits(x) && layout.size(x, 1) === attributes.group && layout.size(result, 1) === attributes.group;
    if (attributes.group !== 1 && !depthwise) return c.copy();
    const data = layout.fits(x) ? layout.enter(b, x) : x;
    const operands = [data, layout.kernels(b, weight), c.has(2) ? c.x(2) : null] as const;
    return [layout.leave(b, b.op('NchwcConv', operands, attributes))];
  };
}

/** Whether the blocked convolution can read an input of so many channels. */
function suits(layout: BlockedLayout, x: Value): boolean {
  return layout.fits(x) || layout.size(x, 1) < layout.block;
}

/**
 * dX [N,C,H,W] and dW [M,C,kh,kw] of a convolution, each in the blocked layout where it fits: a batch that fills no blocks
 * costs the weight gradient alone, whose channels the images are. db [M], a sum over dY, is taken where dY is needed in
 * blocks anyway; for itself it is not worth a conversion.
 */
export function convGrad(layout: BlockedLayout): Lowering<'ConvGrad'> {
  return (c) => {
    const { b } = c;
    const g = geometryOf(c);
    if (!g) return stridedConvGrad(layout, c);
    const [dY, x, weight] = [c.x(0), c.x(1), c.x(2)];
    const blocks = {
      data: c.wants(0) && dataGradientFits(layout, dY, x, g),
      weight: c.wants(1) && weightGradientFits(layout, dY, x, g),
    };
    if (!blocks.data && !blocks.weight) return portableConvGrad(c);
    const blocked = layout.enter(b, dY);
    const dataOf = () =>
      blocks.data
        ? layout.leave(b, dataGradient(layout, b, blocked, weight, g))
        : portableDataGradient(b, dY, weight, g);
    const weightOf = () =>
      blocks.weight ? weightGradient(layout, b, blocked, x, g) : portableWeightGradient(b, dY, x, g);
    return [
      c.wants(0) ? dataOf() : null,
      c.wants(1) ? weightOf() : null,
      c.wants(2) ? layout.channels.sum(b, layout.enter(b, spread(c, 0) ?? dY)) : null,
    ];
  };
}

/**
 * The same of a depthwise convolution, or of one of a single group with a stride or dilation; what does not fit, each by
 * itself, and every other convolution is portable.
 */
function stridedConvGrad(layout: BlockedLayout, c: LoweringContext<'ConvGrad'>): readonly (Value | null)[] {
  const { b } = c;
  const s = sizesOf(c);
  const [dY, x, weight] = [c.x(0), c.x(1), c.x(2)];
  const depthwise = isDepthwise(s);
  if (!layout.fits(dY) || !suits(layout, x) || !(depthwise || s.groups === 1)) return portableConvGrad(c);
  const portable = stridedGradients(c);
  const blocked = layout.enter(b, dY);
  const data = () => (layout.fits(x) ? stridedDataGradient(layout, b, blocked, layout.kernels(b, weight), s) : null);
  const weights = () =>
    depthwise
      ? depthwiseWeightGradient(layout, b, blocked, layout.enter(b, x), s)
      : stridedWeightGradient(layout, b, blocked, x, s);
  return [
    c.wants(0) ? (layoutLeft(layout, b, data()) ?? portable.data()) : null,
    c.wants(1) ? (weights() ?? portable.weight()) : null,
    c.wants(2) ? layout.channels.sum(b, layout.enter(b, spread(c, 0) ?? dY)) : null,
  ];
}

function layoutLeft(layout: BlockedLayout, b: GraphBuilder, value: Value | null): Value | null {
  return value && layout.leave(b, value);
}

/** dW of a convolution of one group with a stride; null where the images fill no blocks, or windows leave out the end of the data. */
function stridedWeightGradient(layout: BlockedLayout, b: GraphBuilder, dY: Value, x: Value, s: Sizes): Value | null {
  if (s.batch % layout.block !== 0 || s.inputs === 1 || s.dilations.some((size) => size !== 1)) return null;
  const geometry = { ...s, padding: s.begins };
  const unpadded = s.begins.every((size) => size === 0);
  if (s.kernel.every((size) => size === 1) && unpadded && layout.fits(x)) {
    // Only every so many positions are seen: these are picked first.
    const window = { kernel_shape: [1, 1], strides: s.strides, pads: [0, 0, 0, 0] };
    const seen = layout.leave(b, b.op('NchwcMaxPool', [layout.enter(b, x)], window));
    return manyChannelWeightGradient(layout, b, dY, seen, { ...geometry, data: s.result });
  }
  const ends = zerosAfter(s);
  if (ends.some((size) => size < 0)) return null;
  return manyChannelWeightGradient(layout, b, dY, x, geometry, { ends, strides: s.strides });
}

/** Whether dX can be computed in blocks: a convolution of dY to X's channels, which has no negative padding. */
function dataGradientFits(layout: BlockedLayout, dY: Value, x: Value, g: ConvGeometry): boolean {
  return layout.fits(dY) && layout.fits(x) && g.padding.every((padding, axis) => padding < (g.kernel[axis] ?? 0));
}

/** Whether dW can be: of several channels it is a convolution whose channels the images are, so these must fill blocks. */
function weightGradientFits(layout: BlockedLayout, dY: Value, x: Value, g: ConvGeometry): boolean {
  return layout.fits(dY) && suits(layout, x) && (g.inputs === 1 || g.batch % layout.block === 0);
}

/** dX = full correlation of dY with the turned kernels. */
function dataGradient(layout: BlockedLayout, b: GraphBuilder, dY: Value, weight: Value, g: ConvGeometry): Value {
  const [top, left] = [g.kernel[0] - 1 - g.padding[0], g.kernel[1] - 1 - g.padding[1]];
  return b.op('NchwcConv', [dY, layout.turned(b, layout.kernels(b, weight))], {
    ...plain,
    kernel_shape: g.kernel,
    pads: [top, left, top, left],
  });
}

/** dW [M,C,kh,kw] from blocked dY [N,M,OH,OW] and plain x [N,C,H,W]. */
function weightGradient(layout: BlockedLayout, b: GraphBuilder, dY: Value, x: Value, g: ConvGeometry): Value {
  const gradient = g.inputs === 1 ? singleChannelWeightGradient : manyChannelWeightGradient;
  return gradient(layout, b, dY, x, g);
}

/**
 * dW[m,1,i,j] for a single input channel: a product for each image and block of kernels. Both operands are taken as they lie: the windows
 * with their positions last, dY with its channels last.
 */
function singleChannelWeightGradient(
  layout: BlockedLayout,
  b: GraphBuilder,
  dY: Value,
  x: Value,
  g: ConvGeometry,
): Value {
  const [area, taps] = [g.result[0] * g.result[1], g.kernel[0] * g.kernel[1]];
  const rows = g.outputs / layout.block;
  const windows = b.reshape(windowRows(b, x, g), [g.batch, 1, taps, area]);
  const lying = b.reshape(dY, [g.batch, rows, area, layout.block]);
  const sums = b.sum(b.op('MatMul', [windows, lying], {}), [0]);
  return b.reshape(b.op('Transpose', [sums], { perm: [0, 2, 1] }), [g.outputs, 1, ...g.kernel]);
}

/**
 * dW[m,c,i,j] = Σ X[n,c,h+i,w+j] dY[n,m,h,w] as one blocked convolution, the images as its channels: the channels of X
 * lie inside the width, [1,N,H,(W+2p)·C], a dilation of C steps over them, and dY is the kernels [M,N,OH,OW]. The result
 * is [1,M,kh,kw·C]. Strides of the convolution are more steps of the dilation.
 *
 * @param window zeros after the data, where they are others than before them, and strides of the convolution
 */
function manyChannelWeightGradient(
  layout: BlockedLayout,
  b: GraphBuilder,
  dY: Value,
  x: Value,
  g: ConvGeometry,
  { ends = g.padding, strides = [1, 1] }: { readonly ends?: Pair; readonly strides?: Pair } = {},
): Value {
  const { block } = layout;
  const [ph, pw] = g.padding;
  // Few channels are little work, for which cutting dY up is too much.
  const strips = g.inputs < block || strides[1] !== 1 ? 1 : stripsOf(g.result[1]);
  const strip = [g.result[0], g.result[1] / strips] as const;
  // Strips are images of their own, which overlap as far as kernels reach.
  const images = g.batch * strips;
  const width = strips === 1 ? g.data[1] + pw + ends[1] : strip[1] + g.kernel[1] - 1;
  const last =
    g.inputs < block ? b.op('Transpose', [x], { perm: [0, 2, 3, 1] }) : layout.leaveChannelsLast(b, layout.enter(b, x));
  // Outputs over padding take the provider's slow path, and a third of them would: zeros in memory are cheaper.
  const padded = pw + ends[1] === 0 ? last : b.op('Pad', [last, b.ints(0, 0, pw, 0, 0, 0, ends[1], 0)], {});
  const apart = inStrips(b, padded, strips, strip[1], width);
  const data = b.op('ReorderInput', [b.reshape(apart, [1, images, g.data[0], width * g.inputs])], {});
  const groups = groupsOf({ ...g, batch: images, result: strip }, block);
  const kernels = b.reshape(imagesInside(b, dY, g, { strips, groups, block }), [
    groups * g.outputs,
    images / groups,
    ...strip,
  ]);
  const product = b.op('NchwcConv', [data, kernels], {
    kernel_shape: strip,
    pads: [ph, 0, ends[0], 0],
    strides: [1, 1],
    dilations: [strides[0], strides[1] * g.inputs],
    group: groups,
  });
  const parts = [g.outputs / block, g.kernel[0] * g.kernel[1] * g.inputs, block];
  const summed = groups === 1 ? b.reshape(product, parts) : b.sum(b.reshape(product, [groups, ...parts]), [0]);
  return layout.plainKernels(b, summed, [g.outputs, g.inputs, ...g.kernel]);
}

/** Columns of dY that are kernels as a whole. */
const widestStrip = 32;

/**
 * Into how many strips maps of so many columns are cut for a weight gradient: a row of wider kernels and of the data no longer fits
 * beside the other into the second-level cache, and takes up to 1.6 times as long. About 16 columns then, as far as that divides them.
 */
function stripsOf(columns: number): number {
  if (columns <= widestStrip) return 1;
  const wanted = Math.round(columns / 16);
  const strips = Array.from({ length: columns }, (_, i) => i + 1).filter((count) => columns % count === 0);
  return strips.toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0] ?? 1;
}

/** [N,H,W,C] in overlapping strips of so many columns, one every `step`, as images: [strips·N,H,width,C]. */
function inStrips(b: GraphBuilder, x: Value, strips: number, step: number, width: number): Value {
  if (strips === 1) return x;
  const cut = Array.from({ length: strips }, (_, i) =>
    b.op('Slice', [x, b.ints(i * step), b.ints(i * step + width), b.ints(2), b.ints(1)], {}),
  );
  return b.op('Concat', cut, { axis: 0 });
}

/**
 * Blocked dY [N,M,OH,OW] as kernels whose channels are the images of a group: [N/b,b(N),M/b,OH·OW,b(M)] with the images
 * moved inwards and then, where a group has several blocks of them, the blocks of M outwards. Strips of columns are more images.
 */
function imagesInside(
  b: GraphBuilder,
  dY: Value,
  { batch, outputs, result: [height, columns] }: ConvGeometry,
  { strips, groups, block }: { readonly strips: number; readonly groups: number; readonly block: number },
): Value {
  const rows = outputs / block;
  const lying = b.reshape(dY, [batch / block, block, rows, height * columns, block]);
  const inside = b.op('Transpose', [lying], { perm: [0, 2, 3, 1, 4] });
  const apart = strips === 1 ? inside : stripsOutside(b, inside, (batch / block) * rows * height, strips);
  const blocks = (batch / block) * strips;
  const perGroup = blocks / groups;
  if (perGroup === 1) return apart;
  const grouped = b.reshape(apart, [groups, perGroup, rows, (height * columns * block * block) / strips]);
  return b.op('Transpose', [grouped], { perm: [0, 2, 1, 3] });
}

/** So many rows of columns, each cut into strips, to strips of all rows. */
function stripsOutside(b: GraphBuilder, value: Value, rows: number, strips: number): Value {
  const columns = elementCount(staticShape(value.shape, value.name)) / rows / strips;
  return b.op('Transpose', [b.reshape(value, [rows, strips, columns])], { perm: [1, 0, 2] });
}

/**
 * Into how many groups of images the sum is cut, to be added up afterwards. One for each block of images makes dY kernels in
 * one pass, and is worth it where what is to be added up is small beside dY. Otherwise as many as keep the threads
 * busy: the provider gives them rows of output for four blocks of kernels at a time, which are few here: 3 for 32 kernels
 * of 3x3 and blocks of 8, two rows for one thread and one for the other. A dozen can be shared evenly.
 */
function groupsOf({ batch, inputs, outputs, kernel, result }: ConvGeometry, block: number): number {
  const most = batch / block;
  if (most * inputs * kernel[0] * kernel[1] <= (batch * result[0] * result[1]) / 2) return most;
  const shares = Math.ceil(outputs / block / 4) * kernel[0];
  const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, 12 / shares)));
  let groups = 1;
  while (groups < wanted && most % (2 * groups) === 0) groups *= 2;
  return groups;
}
