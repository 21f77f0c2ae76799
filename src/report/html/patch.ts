/**
 * What makes one value of another of much the same form: null where nothing differs, the new value, or the patches of some of
 * its parts by their names or places.
 */
export type Patch = null | { readonly to: unknown } | { readonly in: Readonly<Record<string, Patch>> };

/** What makes `to` of `from`; both are JSON. Lists of other lengths, and objects with other names, are exchanged whole. */
export function difference(from: unknown, to: unknown): Patch {
  if (from === to) return null;
  if (!isParent(from) || !isParent(to) || Array.isArray(from) !== Array.isArray(to)) return { to };
  const names = Object.keys(from);
  if (names.join('\n') !== Object.keys(to).join('\n')) return { to };
  const parts = names.flatMap((name) => {
    const part = difference(from[name], to[name]);
    return part === null ? [] : [[name, part] as const];
  });
  return parts.length === 0 ? null : { in: Object.fromEntries(parts) };
}

function isParent(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
