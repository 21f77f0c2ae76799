import { UsageError } from '../errors.ts';
import type { Problem } from './problems.ts';
import { dotted } from './values.ts';

/** Where a part of a recipe was written: in a configuration file, in the options of a request, or in the recipe below both. */
export type Origin = { readonly layer: 'file'; readonly file: string } | { readonly layer: 'options' | 'base' };

/** A problem with a recipe and where it was written; `path` is the part of the recipe as it stands there. */
export type RecipeProblem = Problem & Origin;

/** What is wrong with a recipe, all of it. A caller that knows how its options are called can word `problems` anew. */
export class RecipeError extends UsageError {
  readonly problems: readonly RecipeProblem[];

  constructor(problems: readonly RecipeProblem[], tell: (problem: RecipeProblem) => string = sentence) {
    super([...new Set(problems.map(tell))].join('\n'));
    this.problems = problems;
  }
}

/** A problem in words that are good anywhere: the part of the recipe by its path. */
export function sentence(problem: RecipeProblem): string {
  const { path, kind, text } = problem;
  const place = placeOf(problem);
  if (path.length === 0) return `${place}${text}`;
  if (kind === 'unknown') return `unknown key '${dotted(path)}'${place}; ${text}`;
  return `'${dotted(path)}'${place}: ${text}`;
}

function placeOf(problem: RecipeProblem): string {
  if (problem.layer === 'file')
    return problem.path.length === 0 ? `configuration '${problem.file}'` : ` in configuration '${problem.file}'`;
  return problem.layer === 'base' ? " in the model's own recipe" : '';
}
