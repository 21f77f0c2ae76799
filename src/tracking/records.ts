/**
 * TensorFlow's record file (tensorflow/core/lib/io/record_writer.h): for each record its length as uint64, a checksum of
 * that, the data, a checksum of the data. Little-endian; checksums are masked CRC-32C.
 */
import { maskedCrc32c } from './crc32c.ts';

const headerSize = 12;
const footerSize = 4;

/** The bytes of one record. */
export function frameRecord(data: Uint8Array): Buffer {
  const frame = Buffer.alloc(headerSize + data.length + footerSize);
  frame.writeBigUInt64LE(BigInt(data.length), 0);
  frame.writeUInt32LE(maskedCrc32c(frame.subarray(0, 8)), 8);
  frame.set(data, headerSize);
  frame.writeUInt32LE(maskedCrc32c(data), headerSize + data.length);
  return frame;
}

/**
 * The records at the start of a file, up to the first that is cut short or damaged: what TensorBoard, too, reads of a file
 * whose writer was killed.
 */
export function* wholeRecords(file: Buffer): Generator<Uint8Array, void, void> {
  let at = 0;
  while (at + headerSize + footerSize <= file.length) {
    if (file.readUInt32LE(at + 8) !== maskedCrc32c(file.subarray(at, at + 8))) return;
    const length = file.readBigUInt64LE(at);
    if (length > file.length - at - headerSize - footerSize) return;
    const start = at + headerSize;
    const end = start + Number(length);
    const data = file.subarray(start, end);
    if (file.readUInt32LE(end) !== maskedCrc32c(data)) return;
    yield data;
    at = end + footerSize;
  }
}
