import { distance } from 'fastest-levenshtein';

/** The nearest of some words or dotted paths (by their last part), if any is near enough to be meant. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const reach = Math.max(1, Math.floor(word.length * 0.4));
  const wanted = plain(word);
  const [best] = candidates
    .map((candidate) => ({ candidate, far: distance(wanted, plain(candidate.split('.').at(-1) ?? '')) }))
    .toSorted((a, b) => a.far - b.far);
  return best !== undefined && best.far <= reach ? best.candidate : undefined;
}

/** batch_size, batch-size and batchSize are one word. */
function plain(word: string): string {
  return word.replaceAll(/[-_\s]/g, '').toLowerCase();
}
