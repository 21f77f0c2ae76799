import { paletteOf } from '../../rendering/png.ts';

/** What makes a sheet for dark paper of one for light: the palette to put in its place. */
export interface Recolouring {
  /** Byte of the file that the palette's chunk begins at. */
  readonly at: number;
  /** The chunk with its check sum, base64. */
  readonly chunk: string;
}

/** How one picture becomes another; undefined where they differ in more than the palette. */
export function recolouring(png: Buffer, other: Buffer): Recolouring | undefined {
  const place = paletteOf(png);
  if (place === undefined) return undefined;
  const { start, end } = place;
  const chunk = other.subarray(start, end);
  const changed = Buffer.concat([png.subarray(0, start), chunk, png.subarray(end)]);
  return changed.equals(other) ? { at: start, chunk: chunk.toString('base64') } : undefined;
}
