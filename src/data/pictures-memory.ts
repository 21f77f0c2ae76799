import type { Metadata } from 'sharp';
import type { ImageShape } from '../../graphs/models/model.ts';
import { AtelierError } from '../errors.ts';
import type { ReadableKind } from './pictures-kind.ts';

/** What all pictures that are being read take together, beyond the program's own memory. */
export const memoryLimit = 768 * 2 ** 20;
/** Memory is one thing, time another: a kind that is read line by line takes little, and a second for every 25 million pixels. */
export const pixelLimit = 120_000_000;

/** A larger picture is reduced while it is decoded, to about so many pixels. */
const workingPixels = 4_000_000;
/** Pixels that are left to average for each of the image's, along either side: the kernel of that reduction then hardly shows. */
const leastCell = 4;

/** What the decoder says of a file before it decodes it. */
export type Header = Pick<
  Metadata,
  'width' | 'height' | 'autoOrient' | 'channels' | 'depth' | 'hasAlpha' | 'isProgressive' | 'pages'
>;

/** What decoding takes, in bytes. */
interface Cost {
  readonly perPixel: number;
  /** Of the file itself: lists of frames. */
  readonly perByte?: number;
  readonly fixed?: number;
}

/**
 * Measured, with sharp 0.35.5 (libvips 8.18.7), as the most that a fresh process has resident while it reads a picture of 36 to
 * 100 million pixels, less what it has before and what `working` and `columns` are; rounded up. What is measured is in brackets.
 * Files that make a decoder take the most were made for it: see docs/pictures.md.
 */
const costs: Readonly<Record<ReadableKind, (header: Header) => Cost>> = {
  // Interlaced, all pixels are held (3.1 for three channels, 8.5 for four of 16 bits), else some lines. The file is copied where
  // it has what is left out.
  PNG: (header) => ({ perPixel: header.isProgressive ? 1 + sampleBytes(header) : 1, perByte: 1 }),
  // Of several scans, coefficients of two bytes are held for each channel (5.7 of three channels, 7.8 of four).
  JPEG: ({ isProgressive, channels }) => ({ perPixel: isProgressive ? 2 * channels : 1 }),
  // An animation's frames are painted on a canvas, and not reduced where one is smaller than it.
  WebP: ({ pages = 1 }) => (pages > 1 ? { perPixel: 13, perByte: 4 } : { perPixel: 5 }),
  // The canvas, of four channels (4.9), and a record of each frame: the smallest has 15 bytes in the file and takes 90.
  GIF: () => ({ perPixel: 6, perByte: 8 }),
  // Strips as high as the picture with a plane for each channel, or two rows of tiles, which may be all of it: all samples and a
  // part again (9.6 for eight bytes, 14 for sixteen). A tile or a strip has 100 MB at most, decoder's buffers twice that.
  TIFF: (header) => ({ perPixel: 1.25 * sampleBytes(header), fixed: 200e6 }),
  // The planes and the pixels made of them (9.2 for 4:2:0, 12.9 with opacity), twice as large over 8 bits (19.6).
  AVIF: ({ depth }) => ({ perPixel: depth === 'uchar' ? 13 : 20 }),
  // Drawn at the size that is asked for; its elements take many times what they take in the file.
  SVG: () => ({ perPixel: 8, perByte: 100 }),
};

/**
 * Whatever the kind, lines are held with what becomes of them on the way to the reduced picture: about so many as they are
 * stored, more where the opacity is multiplied in and out again; of a low picture, all of it so many times. Measured on
 * pictures of 200,000 x 300 (530 to 950 and 1230 lines) and 1,000,000 x 100 (5.2 times).
 */
const held = { lines: { opaque: 1000, withAlpha: 1300 }, times: 6 } as const;

/** What a decoder takes for itself. */
const base = 8 * 2 ** 20;

/**
 * The most memory that reading a picture takes beyond the program's own: its file, its decoding and what is made of it.
 *
 * @param fileSize bytes
 * @returns bytes
 */
export function memoryOf(kind: ReadableKind, header: Header, fileSize: number, shape: ImageShape): number {
  const { width, height } = header;
  const { perPixel, perByte = 0, fixed = 0 } = costs[kind](header);
  const lines = Math.min(held.lines[header.hasAlpha ? 'withAlpha' : 'opaque'], held.times * height);
  const columns = width * lines * sampleBytes(header);
  const reduced = reducedSize(header.autoOrient, shape);
  // Red, green, blue and opacity; the channels of the image and two more for its ground as float32.
  const working = reduced.width * reduced.height * (4 + 4 * (shape.channels + 2) + 2);
  return Math.ceil(base + fixed + width * height * perPixel + (1 + perByte) * fileSize + columns + working);
}

/** The size that a picture is reduced to while it is decoded: its own where it is small. */
export function reducedSize(
  { width, height }: { readonly width: number; readonly height: number },
  shape: Pick<ImageShape, 'width' | 'height'>,
): { readonly width: number; readonly height: number } {
  const cell = Math.max(width / shape.width, height / shape.height);
  const scale = Math.min(1, Math.max(Math.sqrt(workingPixels / (width * height)), leastCell / cell));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** The size that a drawing is drawn in: enough pixels to average. */
export function drawnSize(
  { width, height }: { readonly width: number; readonly height: number },
  shape: Pick<ImageShape, 'width' | 'height'>,
): { readonly width: number; readonly height: number } {
  const scale = leastCell / Math.max(width / shape.width, height / shape.height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/**
 * Checks a picture against both limits before it is decoded.
 *
 * @param source the picture's name in messages
 * @returns the memory that reading it takes, in bytes
 * @throws AtelierError that says how much it would take, what is allowed, and the way out
 */
export function affordable(
  source: string,
  kind: ReadableKind,
  header: Header,
  fileSize: number,
  shape: ImageShape,
): number {
  const { width, height } = header;
  const size = `'${source}' has ${width} x ${height} pixels`;
  if (width * height > pixelLimit)
    throw refusal(
      `${size}, ${Math.ceil((width * height) / 1e6)} million; at most ${pixelLimit / 1e6} million are read, ` +
        'more would take too long. Make it smaller first.',
    );
  const needed = memoryOf(kind, header, fileSize, shape);
  if (needed > memoryLimit)
    throw refusal(
      `${size} and would take up to ${megabytes(needed)} MB of memory as ${describe(kind, header)}; at most ` +
        `${megabytes(memoryLimit)} MB are allowed. Make it smaller first${wayOut(kind, header)}.`,
    );
  return needed;
}

function describe(kind: ReadableKind, header: Header): string {
  const wholly = { PNG: 'an interlaced', JPEG: 'a progressive' } as const;
  const plain = /^[AS]V/.test(kind) ? 'an' : 'a';
  const article = header.isProgressive && (kind === 'PNG' || kind === 'JPEG') ? wholly[kind] : plain;
  return `${article} ${kind} with ${sampleBytes(header)} bytes a pixel`;
}

function wayOut(kind: ReadableKind, { isProgressive }: Header): string {
  if (isProgressive && kind === 'PNG') return ', or save it without interlacing';
  if (isProgressive && kind === 'JPEG') return ', or save it as a baseline JPEG';
  return kind === 'PNG' || kind === 'JPEG' ? '' : ', or save it as a PNG or a baseline JPEG';
}

/** Bytes of one sample as it is decoded, by sharp's name of its type. */
function bytesOf({ depth }: Pick<Header, 'depth'>): number {
  const bytes: Readonly<Record<string, number>> = { uchar: 1, char: 1, ushort: 2, short: 2, uint: 4, int: 4, float: 4 };
  // Complex numbers and doubles.
  return bytes[depth] ?? 16;
}

/** Bytes of all samples of a pixel. */
function sampleBytes(header: Header): number {
  return header.channels * bytesOf(header);
}

function megabytes(bytes: number): string {
  return Math.ceil(bytes / 2 ** 20).toLocaleString('en');
}

function refusal(message: string): AtelierError {
  return new AtelierError(message, { code: 'invalid-picture' });
}
