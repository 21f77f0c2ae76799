import { zeros } from '../../graphs/ir/types.ts';
import type { MaskInput } from '../../graphs/nn/forward.ts';
import { bernoulliMask } from '../random/masks.ts';
import { stream } from '../random/streams.ts';
import type { Tensor as OrtTensor } from '../runtime/onnxruntime.ts';
import { toOrt } from '../runtime/tensors.ts';

/** The dropout masks of one program: drawn anew for every step, as a function of (seed, layer, step) alone. */
export class DropoutMasks {
  readonly #masks: readonly { readonly input: MaskInput; readonly bytes: Uint8Array; readonly tensor: OrtTensor }[];
  readonly #seed: number;

  constructor(inputs: readonly MaskInput[], seed: number) {
    this.#seed = seed;
    this.#masks = inputs.map((input) => {
      const tensor = zeros('bool', input.shape);
      return { input, bytes: tensor.data, tensor: toOrt(tensor) };
    });
  }

  /** The masks of step `step` by input name. The tensors are reused by the next call. */
  draw(step: number): Readonly<Record<string, OrtTensor>> {
    const feeds: Record<string, OrtTensor> = {};
    for (const { input, bytes, tensor } of this.#masks) {
      drawMask(bytes, input, this.#seed, step);
      feeds[input.name] = tensor;
    }
    return feeds;
  }
}

/** Draws one mask, a byte for each of its elements, for one step. */
export function drawMask(bytes: Uint8Array, { name, ratio }: MaskInput, seed: number, step: number): void {
  bernoulliMask(bytes, 1 - ratio, stream(seed, `dropout/${name}`, step));
}
