/** In which fields two values differ. */
import { createHash } from 'node:crypto';

type Leaves = Map<string, string | number>;

/** A value's fields by their path; lists of numbers are one field each, and of other lists all have one path with `*`. */
export function differingFields(one: unknown, other: unknown, tolerance = 0): readonly string[] {
  const [a, b] = [leavesOf(one), leavesOf(other)];
  const different = [...new Set([...a.keys(), ...b.keys()])].filter(
    (path) => !same(a.get(path), b.get(path), tolerance),
  );
  return [...new Set(different.map((path) => path.replaceAll(/(?<=^|\.)\d+(?=\.|$)/g, '*')))];
}

function same(a: string | number | undefined, b: string | number | undefined, tolerance: number): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Object.is(a, b) || Math.abs(a - b) <= tolerance;
  return a === b;
}

function leavesOf(value: unknown, path = '', leaves: Leaves = new Map()): Leaves {
  const at = (key: string) => (path === '' ? key : `${path}.${key}`);
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    leaves.set(path, createHash('sha256').update(bytes).digest('hex'));
  } else if (value instanceof Map || value instanceof Set) {
    leaves.set(at('size'), value.size);
    for (const [key, item] of value.entries()) leavesOf(item, at(String(key).replaceAll('.', '/')), leaves);
  } else if (Array.isArray(value)) {
    leaves.set(at('length'), value.length);
    for (const [index, item] of value.entries()) leavesOf(item, at(String(index)), leaves);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) leavesOf(item, at(key), leaves);
  } else if (value !== undefined) {
    leaves.set(path, typeof value === 'number' ? value : `${typeof value} ${String(value)}`);
  }
  return leaves;
}
