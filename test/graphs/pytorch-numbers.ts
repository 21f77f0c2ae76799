/** The formula by which test/fixtures/pytorch/make.py fills inputs and weights. */
import { elementCount, float32, type Tensor } from '../../graphs/ir/types.ts';

/** Numbers in [-0.5, 0.5) that look like noise. */
export function noise(count: number, seed: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => ((i * i * 31 + i * 7919 + seed * 104729 + 17) % 10007) / 10007 - 0.5);
}

function seedOf(name: string): number {
  return [...name].reduce((sum, letter, k) => sum + letter.charCodeAt(0) * (k + 1), 0) % 9973;
}

/** What a parameter or buffer (float32) of a name holds. */
export function filled(name: string, shape: readonly number[]): Tensor & { readonly dtype: 'float32' } {
  const count = elementCount(shape);
  const change = (value: number): number => {
    if (name.endsWith('running_var')) return 1 + value;
    if (name.endsWith('running_mean')) return value / 5;
    if (shape.length > 1) return (value * 3) / Math.sqrt(count / (shape[0] ?? 1));
    return name.endsWith('weight') ? 1 + value / 2 : value / 5;
  };
  return float32(noise(count, seedOf(name)).map(change), shape);
}
