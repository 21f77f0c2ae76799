/** Which weights a result belongs to. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Checkpoint } from './checkpoint.ts';
import type { TensorMap } from './initialize.ts';

/** What a file says of the weights that it was made from. */
export const weightsIdentitySchema = z.strictObject({
  /** Epochs completed, and steps made, when the weights were saved. */
  epoch: z.int().nonnegative(),
  step: z.int().nonnegative(),
  /** See `weightsHash`. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Which weights a result was made from. */
export type WeightsIdentity = Readonly<z.infer<typeof weightsIdentitySchema>>;

/** Names of the state that only training needs. */
const optimizerState = /^optimizer\./;

/**
 * SHA-256 (hexadecimal) of parameters and buffers: of each, in the order of their names, a line with name, type and shape and
 * then its elements' bytes, little-endian. The optimizer's state has no part in it: no answer depends on it.
 */
export function weightsHash(state: TensorMap): string {
  const hash = createHash('sha256');
  for (const name of [...state.keys()].toSorted()) {
    const tensor = state.get(name);
    if (tensor === undefined || optimizerState.test(name)) continue;
    const { dtype, shape, data } = tensor;
    hash.update(`${JSON.stringify([name, dtype, shape])}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/** The weights of a checkpoint. */
export function weightsIdentity({
  progress: { epoch, step },
  state,
}: Pick<Checkpoint, 'progress' | 'state'>): WeightsIdentity {
  return { epoch, step, sha256: weightsHash(state) };
}

/** The weights in words: `the weights after epoch 3 (step 126)`. */
export function weightsText({ epoch, step }: WeightsIdentity): string {
  return `the weights after ${epoch} epoch${epoch === 1 ? '' : 's'} (step ${step})`;
}
