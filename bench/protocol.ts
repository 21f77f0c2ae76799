/**
 * What the harness and its peers say to each other: one JSON document a line, requests on the peer's standard input,
 * one answer to each on its standard output. `peers/torch_peer.py` speaks the same.
 */

import { z } from 'zod';

const count = z.int().positive();
const model = z.string().min(1);

/** What a process is started for; each purpose has a process of its own, so that memory can be told apart. */
export const purposes = ['train', 'predict', 'epoch'] as const;
export type Purpose = (typeof purposes)[number];

const requests = {
  /** Load the data and the weights, compile what has to be compiled. */
  prepare: z.strictObject({
    do: z.literal('prepare'),
    purpose: z.enum(purposes),
    model,
    batchSize: count,
    threads: count,
    /** Folder that `writeBenchData` has written. */
    data: z.string(),
    /** Factor on every channel count; only Atelier's own peers know others than 1. */
    width: count.optional(),
  }),
  /** Training steps on consecutive batches of the training images, dropout on, no augmentation. */
  steps: z.strictObject({ do: z.literal('steps'), count }),
  /** Classify the first `count` test images. */
  predict: z.strictObject({ do: z.literal('predict'), count, batchSize: count }),
  /** An epoch over `batches` batches with the peer's usual loading and augmentation, then validation. */
  epoch: z.strictObject({ do: z.literal('epoch'), batches: count, validationImages: count }),
  /** Training steps from the initial weights, dropout off: every peer must find the same losses. */
  verify: z.strictObject({ do: z.literal('verify'), steps: count, batchSize: count }),
  stop: z.strictObject({ do: z.literal('stop') }),
} as const;

export const requestSchema = z.discriminatedUnion('do', [
  requests.prepare,
  requests.steps,
  requests.predict,
  requests.epoch,
  requests.verify,
  requests.stop,
]);
export type Request = z.infer<typeof requestSchema>;
export type RequestName = Request['do'];
export type RequestOf<K extends RequestName> = Extract<Request, { do: K }>;

/** What each request is answered with. Times are in milliseconds, measured by the peer around the work alone. */
export interface Answers {
  readonly prepare: {
    /** Of everything that the numbers depend on, by name. */
    readonly versions: Readonly<Record<string, string>>;
    /** Threads that it really computes with. */
    readonly threads: number;
    /** What a reader should know, such as the target of its graphs; '' where nothing. */
    readonly details: string;
  };
  readonly steps: { readonly ms: readonly number[]; readonly losses: readonly number[] };
  /** `logits` are those of the first image. */
  readonly predict: { readonly ms: number; readonly logits: readonly number[] };
  /**
   * `loss` is the mean training loss; `waiting` the share of the time from the first batch to the last step in which nothing
   * computed because no batch was there yet, of a peer that can tell.
   */
  readonly epoch: {
    readonly ms: number;
    readonly images: number;
    readonly loss: number;
    readonly waiting?: number | undefined;
  };
  readonly verify: { readonly losses: readonly number[] };
  readonly stop: { readonly stopped: true };
}

const milliseconds = z.number().nonnegative();
const losses = z.array(z.number());

export const answerSchemas: { readonly [K in RequestName]: z.ZodType<Answers[K]> } = {
  prepare: z.strictObject({ versions: z.record(z.string(), z.string()), threads: count, details: z.string() }),
  steps: z.strictObject({ ms: z.array(milliseconds), losses }),
  predict: z.strictObject({ ms: milliseconds, logits: losses }),
  epoch: z.strictObject({
    ms: milliseconds,
    images: count,
    loss: z.number(),
    waiting: z.number().min(0).max(1).optional(),
  }),
  verify: z.strictObject({ losses }),
  stop: z.strictObject({ stopped: z.literal(true) }),
};

/**
 * Why a peer does not do what it was asked: `absent`: it is not installed; `cannot`: it is, but has no such ability;
 * `failed`: something went wrong.
 */
export const failureKinds = ['absent', 'cannot', 'failed'] as const;
export type FailureKind = (typeof failureKinds)[number];

export const failureSchema = z.strictObject({
  failure: z.strictObject({ kind: z.enum(failureKinds), message: z.string() }),
});
