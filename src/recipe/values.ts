/** An object whose keys are yet to be looked at: what a JSON file or a command line holds. */
export type Values = Readonly<Record<string, unknown>>;

/** True for objects with keys, not for arrays or null. */
export function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path, undefined where the path leads nowhere. Inherited keys do not count. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** The objects laid over each other; a key that is undefined covers nothing. */
export function overlay(...parts: readonly Values[]): Values {
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part).filter(([, value]) => value !== undefined)));
}

/** A path as it is written in messages: `optimizer.betas[1]`. */
export function dotted(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

const longest = 60;

/** A value as messages show it: short, on one line, and never a reason to fail. */
export function show(value: unknown): string {
  const text = textOf(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function textOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return `'${value.replaceAll(/\s+/g, ' ')}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'number' ? jsonNumber(item) : item));
  } catch {
    return 'an object'; // circular, or nested too deep to be written
  }
}

function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
