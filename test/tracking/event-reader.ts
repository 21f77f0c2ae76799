/**
 * Reads event files as TensorFlow describes them, without a line of the code under test: the checksum bit by bit, the
 * schema as text in protobuf's own language.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { z } from 'zod';

const schema = `
  syntax = "proto3";
  message Event {
    double wall_time = 1;
    int64 step = 2;
    oneof what { string file_version = 3; bytes graph_def = 4; Summary summary = 5; }
  }
  message Summary {
    message Image { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4; }
    message Value {
      string node_name = 7;
      string tag = 1;
      oneof value { float simple_value = 2; bytes obsolete_old_style_histogram = 3; Image image = 4; }
    }
    repeated Value value = 1;
  }
`;
const type = protobuf.parse(schema, { keepCase: true }).root.lookupType('Event');

const eventSchema = z.strictObject({
  wall_time: z.number(),
  step: z.number().default(0),
  file_version: z.string().optional(),
  summary: z
    .strictObject({
      value: z.array(
        z.strictObject({
          tag: z.string(),
          simple_value: z.number().optional(),
          image: z
            .strictObject({
              height: z.number(),
              width: z.number(),
              colorspace: z.number(),
              encoded_image_string: z.instanceof(Buffer),
            })
            .optional(),
        }),
      ),
    })
    .optional(),
});
export type ReadEvent = z.infer<typeof eventSchema>;

/** The events of a file. Throws where a checksum is wrong or bytes are left over. */
export function readEvents(path: string): readonly ReadEvent[] {
  const file = readFileSync(path);
  const events: ReadEvent[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    check(file.subarray(at, at + 8), file.readUInt32LE(at + 8));
    const data = file.subarray(at + 12, at + 12 + length);
    check(data, file.readUInt32LE(at + 12 + length));
    events.push(eventSchema.parse(type.toObject(type.decode(data), { longs: Number })));
    at += 16 + length;
  }
  return events;
}

/** Names of a folder's event files, in the order in which TensorBoard reads them. */
export function eventFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.includes('tfevents'))
    .sort();
}

/** All scalars of a folder: `tag@step` and the value, in the order of the files. */
export function scalarsIn(folder: string): readonly (readonly [string, number])[] {
  return eventFiles(folder)
    .flatMap((name) => readEvents(join(folder, name)))
    .flatMap(({ step, summary }) =>
      (summary?.value ?? []).flatMap(({ tag, simple_value: value }) =>
        value === undefined ? [] : [[`${tag}@${step}`, value] as const],
      ),
    );
}

function check(data: Uint8Array, masked: number): void {
  const crc = BigInt(bitwiseCrc32c(data));
  const expected = (((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn;
  if (BigInt(masked) !== expected) throw new Error(`checksum ${masked}, expected ${expected}`);
}

/** Division by the polynomial 0x1EDC6F41, the lowest bit of each byte first. */
function bitwiseCrc32c(data: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of data) {
    for (let bit = 0; bit < 8; bit += 1) {
      const carry = ((remainder >>> 31) ^ (byte >> bit)) & 1;
      remainder = (remainder << 1) ^ (carry * 0x1edc6f41);
    }
  }
  let reversed = 0;
  for (let bit = 0; bit < 32; bit += 1) reversed |= ((remainder >>> bit) & 1) << (31 - bit);
  return ~reversed >>> 0;
}
