import { essentialPng } from './pictures-png.ts';

/** What a picture says about itself before it is decoded. */
export interface PictureHeader {
  readonly format: 'PNG' | 'JPEG';
  /** As stored, before it is turned; 0 where they are missing. */
  readonly width: number;
  readonly height: number;
  /** What to give to the decoder; undefined for a file that is cut short or damaged. */
  readonly content: Buffer | undefined;
}

/** Reads kind and size; undefined for bytes that begin as neither a PNG nor a JPEG. Never throws. */
export function readPictureHeader(bytes: Buffer): PictureHeader | undefined {
  if (bytes.subarray(0, 8).equals(pngSignature)) return readPng(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return readJpeg(bytes);
  return undefined;
}

const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** The first chunk of a PNG is IHDR: width, height. */
function readPng(bytes: Buffer): PictureHeader {
  const [width, height] = bytes.length < 24 ? [0, 0] : [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  return { format: 'PNG', width, height, content: essentialPng(bytes) };
}

/** Cannot occur within compressed data, where a byte 0xff is always followed by 0. */
const endOfImage = Buffer.from([0xff, 0xd9]);

/** A JPEG is a chain of segments, each a marker, a length and a content; the size stands in the start-of-frame. */
function readJpeg(bytes: Buffer): PictureHeader {
  let at = 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    if (isStartOfFrame(marker)) {
      const [height, width] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)];
      // The decoder fills up with grey what is missing, without a word.
      const whole = bytes.includes(endOfImage, at);
      return { format: 'JPEG', width, height, content: whole ? bytes : undefined };
    }
    // Fill bytes may stand before a marker.
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2);
  }
  return { format: 'JPEG', width: 0, height: 0, content: undefined };
}

/** SOF0 to SOF15, without the three that mean something else: DHT, JPG, DAC. */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}
