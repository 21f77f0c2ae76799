import { crc32 } from 'node:zlib';

const signatureSize = 8;
/** Length and type before a chunk's data, a checksum after it. */
const [headSize, checkSize] = [8, 4];
/** Size and kind, palette, transparency, pixels, end: all that pixels depend on. */
const essential = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']);

/**
 * A PNG reduced to the chunks that its pixels depend on; undefined where it is cut short, or a checksum does not agree.
 * Damage in the others (a length beyond the file's end, say) makes node-canvas 3.2 end the whole process by SIGSEGV.
 */
export function essentialPng(bytes: Buffer): Buffer | undefined {
  const kept = [bytes.subarray(0, signatureSize)];
  let at = signatureSize;
  while (at + headSize + checkSize <= bytes.length) {
    const checkAt = at + headSize + bytes.readUInt32BE(at);
    if (checkAt + checkSize > bytes.length) return undefined;
    if (bytes.readUInt32BE(checkAt) !== crc32(bytes.subarray(at + 4, checkAt))) return undefined;
    const type = bytes.toString('latin1', at + 4, at + headSize);
    if (essential.has(type)) kept.push(bytes.subarray(at, checkAt + checkSize));
    if (type === 'IEND') return Buffer.concat(kept);
    at = checkAt + checkSize;
  }
  return undefined;
}
