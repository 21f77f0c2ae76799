/**
 * The messages of TensorBoard's event files that are written here, with the field names and numbers of
 * tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto.
 */
import protobuf from 'protobufjs/light.js';
import { z } from 'zod';

/** A picture or a number under a name. */
export type SummaryValue =
  | { readonly tag: string; readonly simple_value: number }
  | { readonly tag: string; readonly image: ImageMessage };

export type ImageMessage = {
  readonly height: number;
  readonly width: number;
  /** Channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. */
  readonly colorspace: number;
  /** PNG. */
  readonly encoded_image_string: Uint8Array;
};

export type EventMessage = {
  /** Seconds since 1970. */
  readonly wall_time: number;
  readonly step?: number;
} & ({ readonly file_version: string } | { readonly summary: { readonly value: readonly SummaryValue[] } });

const root = protobuf.Root.fromJSON({
  nested: {
    Event: {
      oneofs: { what: { oneof: ['file_version', 'summary'] } },
      fields: {
        wall_time: { type: 'double', id: 1 },
        step: { type: 'int64', id: 2 },
        file_version: { type: 'string', id: 3 },
        summary: { type: 'Summary', id: 5 },
      },
    },
    Summary: {
      fields: { value: { rule: 'repeated', type: 'Value', id: 1 } },
      nested: {
        Value: {
          oneofs: { value: { oneof: ['simple_value', 'image'] } },
          fields: {
            tag: { type: 'string', id: 1 },
            simple_value: { type: 'float', id: 2 },
            image: { type: 'Image', id: 4 },
          },
        },
        Image: {
          fields: {
            height: { type: 'int32', id: 1 },
            width: { type: 'int32', id: 2 },
            colorspace: { type: 'int32', id: 3 },
            encoded_image_string: { type: 'bytes', id: 4 },
          },
        },
      },
    },
  },
});
const event = root.lookupType('Event');

/** The bytes of an event. */
export function encodeEvent(message: EventMessage): Uint8Array {
  return event.encode(message).finish();
}

/** What a file is known to hold: a name at a step. */
export interface RecordedValue {
  readonly tag: string;
  readonly step: number;
}

/** Names and step of an event's values. Throws where the bytes are no event. */
export function recordedValues(bytes: Uint8Array): readonly RecordedValue[] {
  const { step, summary } = plainEvent.parse(event.toObject(event.decode(bytes), { longs: Number }));
  return summary.value.map(({ tag }) => ({ tag, step }));
}

/** What protobufjs makes of an event: fields that are not there are left out. */
const plainEvent = z.object({
  step: z.number().default(0),
  summary: z.object({ value: z.array(z.object({ tag: z.string().default('') })).default([]) }).default({ value: [] }),
});
