import type { ReportedRun } from '../model.ts';

/**
 * What the names of each run's pictures begin with: the model's name where only one run has it, else the run's own, in
 * letters that every file system and every URL takes as they are.
 */
export function picturePrefixes(runs: readonly Pick<ReportedRun, 'name' | 'model'>[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    runs.map(({ name, model }) => {
      const alone = runs.filter((other) => other.model === model).length === 1;
      const base = (alone ? model : name).replaceAll(/[^\w.-]+/g, '-');
      let prefix = base;
      for (let number = 2; taken.has(prefix); number += 1) prefix = `${base}-${number}`;
      taken.add(prefix);
      return [name, prefix];
    }),
  );
}
