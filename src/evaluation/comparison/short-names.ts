/** Where a name may be cut: after a sign that parts its words. */
const words = /[^-_./ ]+[-_./ ]*/g;

/** Characters: what is shorter tells a reader little. */
const tellingLength = 3;

/**
 * Names of the same kind without the words that all of them begin with: `m1-lr-0.1` and `m1-lr-0.01` become `lr-0.1` and
 * `lr-0.01`. What is left of each is unlike any other, and no shorter than a word that tells something.
 *
 * @param names unlike each other
 */
export function shortNames(names: readonly string[]): readonly string[] {
  const parted = names.map((name) => name.match(words) ?? [name]);
  const [first = []] = parted;
  // Of `m1` and `m1-again` nothing can be left out: one of them has no word of its own.
  const isBegun = (name: string) => names.every((other) => other.startsWith(name));
  if (names.length < 2 || names.some(isBegun)) return names;
  const most = Math.min(...parted.map((parts) => parts.length)) - 1;
  let common = 0;
  while (common < most && parted.every((parts) => parts[common] === first[common])) common += 1;
  const cut = (from: number) => parted.map((parts) => parts.slice(from).join(''));
  while (common > 0 && cut(common).some((name) => name.length < tellingLength)) common -= 1;
  return cut(common);
}
