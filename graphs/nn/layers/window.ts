/** Sizes of windows as PyTorch's layers take them. */
import { GraphError } from '../../ir/types.ts';

/** One number for both axes, or one of each. */
export type Size = number | readonly [height: number, width: number];
/** Pixels on every side; above and below, left and right; or top, left, bottom, right. */
export type Padding = number | readonly [height: number, width: number] | readonly [number, number, number, number];

/** Height and width. Throws GraphError where one is not a whole number of at least `least`; `what` names it in the message. */
export function pairOf(size: Size, what: string, least = 1): readonly [number, number] {
  const both = typeof size === 'number' ? ([size, size] as const) : size;
  checkSizes(both, 2, what, least);
  return both;
}

/** ONNX's pads: top, left, bottom, right. Throws GraphError where one is not a whole number of 0 or more. */
export function padsOf(padding: Padding, what: string): readonly [number, number, number, number] {
  if (typeof padding !== 'number' && padding.length === 4) {
    checkSizes(padding, 4, what, 0);
    return padding;
  }
  const [height, width] = pairOf(padding, what, 0);
  return [height, width, height, width];
}

function checkSizes(sizes: readonly number[], count: number, what: string, least: number): void {
  if (sizes.length !== count || sizes.some((size) => !Number.isSafeInteger(size) || size < least))
    throw new GraphError(`${what}: expected whole numbers of ${least} or more, got ${sizes.join(', ')}`);
}

/** How a description says a size: `3`, or `3x2` where the axes differ. */
export function sizeText([height, width]: readonly [number, number]): string {
  return height === width ? String(height) : `${height}x${width}`;
}

/** How a description says pads: `1`, `1x2`, or `0,0,1,1` where the sides differ. */
export function padsText([top, left, bottom, right]: readonly [number, number, number, number]): string {
  return top === bottom && left === right ? sizeText([top, left]) : [top, left, bottom, right].join();
}

/** Throws GraphError where a number of things is not a whole number of at least 1. */
export function checkCount(count: number, what: string): void {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new GraphError(`${what}: expected a whole number of 1 or more, got ${count}`);
}
