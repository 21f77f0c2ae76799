import { crc32 } from 'node:zlib';

/** Bytes of the signature, and of a chunk beside its data: length, type and checksum (PNG, second edition, 5.3). */
const [signatureSize, frameSize] = [8, 12];

/** Beside the critical ones, chunks that change pixels or how they stand; all others describe. */
const needed = ['tRNS', 'eXIf'];

/**
 * A PNG without chunks that its pixels do not need: profiles and texts are packed, and 14 MB of them may hold 15 GB. All
 * checksums are compared, those of what is left out as well.
 *
 * @throws Error with a reason where a checksum is wrong, or the file ends within a chunk or before its last one
 */
export function barePng(bytes: Buffer): Buffer {
  const kept: Buffer[] = [bytes.subarray(0, signatureSize)];
  let left = 0;
  for (let at = signatureSize; ; ) {
    if (at + frameSize > bytes.length) throw new Error('it ends before its last chunk');
    const end = at + frameSize + bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (end > bytes.length) throw new Error(`it ends within the chunk at byte ${at}`);
    if (crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4))
      throw new Error(`the checksum of the chunk at byte ${at} is wrong`);
    if (needed.includes(type) || isCritical(type)) kept.push(bytes.subarray(at, end));
    else left += 1;
    if (type === 'IEND') break;
    at = end;
  }
  return left === 0 ? bytes : Buffer.concat(kept);
}

/** Capital first letters mark what a decoder has to know: it refuses those it does not (5.4). */
function isCritical(type: string): boolean {
  return /^[A-Z]/.test(type);
}
