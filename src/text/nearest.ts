import { distance } from 'fastest-levenshtein';

/** The nearest of some words or dotted paths (by their last part), if any is near enough to be meant. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const reach = Math.max(1, Math.floor(word.length * 0.4));
  const wanted = plain(word);
  const [best] = candidates
    .map((candidate) => ({ candidate, meant: plain(candidate.split('.').at(-1) ?? '') }))
    // Each letter more or less is a mistake. Without this a word of thousands of letters would take minutes.
    .filter(({ meant }) => Math.abs(meant.length - wanted.length) <= reach)
    .map(({ candidate, meant }) => ({ candidate, far: mistakes(wanted, meant) }))
    .toSorted((a, b) => a.far - b.far);
  return best !== undefined && best.far <= reach ? best.candidate : undefined;
}

/** batch_size, batch-size and batchSize are one word. */
function plain(word: string): string {
  return word.replaceAll(/[-_\s]/g, '').toLowerCase();
}

/** Letters that are missing, too many or wrong; two neighbours that have changed places are one mistake. */
function mistakes(word: string, meant: string): number {
  const swapped = Array.from({ length: Math.max(0, word.length - 1) }, (_, at) => {
    const pair = `${word[at + 1]}${word[at]}`;
    return 1 + distance(word.slice(0, at) + pair + word.slice(at + 2), meant);
  });
  return Math.min(distance(word, meant), ...swapped);
}

/** `; did you mean 'train'?` where one of some words may be meant, else nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near === undefined ? '' : `; did you mean '${near}'?`;
}
