import { resolve } from 'node:path';
import type { EvaluatedRun } from './evaluated-run.ts';

type Placed = Pick<EvaluatedRun, 'config' | 'name' | 'path'>;

const naturally = new Intl.Collator('en', { numeric: true });

/**
 * The one order in which runs are compared and shown, whatever order they were named in: by the place of their model, then
 * by seed, name and path.
 *
 * @param models names of models, the first ones first; others come after them by name
 */
export function inOrder<Run extends Placed>(runs: readonly Run[], models: readonly string[]): readonly Run[] {
  const place = ({ config }: Placed) => (models.includes(config.model) ? models.indexOf(config.model) : models.length);
  return runs.toSorted(
    (a, b) =>
      place(a) - place(b) ||
      naturally.compare(a.config.model, b.config.model) ||
      a.config.recipe.seed - b.config.recipe.seed ||
      naturally.compare(a.name, b.name) ||
      naturally.compare(resolve(a.path), resolve(b.path)),
  );
}
