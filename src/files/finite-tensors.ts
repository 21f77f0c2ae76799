import type { Tensor } from '../../graphs/ir/types.ts';
import { AtelierError } from '../errors.ts';

/** True where every element is finite. The sum is not finite as soon as one element is not, and much faster to find. */
export function allFinite({ dtype, data }: Tensor): boolean {
  if (dtype !== 'float32' && dtype !== 'float64') return true;
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += Number(data[i] ?? 0);
  // Finite numbers can add up to more than a double holds.
  return Number.isFinite(sum) || firstNotFinite(data) === undefined;
}

function firstNotFinite(data: Tensor['data']): number | undefined {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(Number(data[i] ?? 0))) return i;
  return undefined;
}

/**
 * Refuses weights with numbers that are infinite or none: whatever is computed with them would be, too, and something else
 * would get the blame.
 *
 * @param source the file's name in messages
 * @throws AtelierError naming file, tensor, element and value
 */
export function checkFinite(tensors: ReadonlyMap<string, Tensor>, source: string): void {
  for (const [name, tensor] of tensors) {
    if (allFinite(tensor)) continue;
    const at = firstNotFinite(tensor.data) ?? 0;
    throw new AtelierError(
      `'${source}': tensor '${name}' holds ${tensor.data[at]} at element ${at}, finite numbers were expected. The file is damaged, or its training had diverged: take another one.`,
      { code: 'file-damaged' },
    );
  }
}
