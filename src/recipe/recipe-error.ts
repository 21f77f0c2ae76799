import { UsageError } from '../errors.ts';
import type { Problem } from './problems.ts';
import { dotted } from './values.ts';

/** Where a part of a recipe was written: in a configuration file, in the options of a request, or in the recipe below both. */
export type Origin = { readonly layer: 'file'; readonly file: string } | { readonly layer: 'options' | 'base' };

/** A problem with a recipe and where it was written; `path` is the part of the recipe as it stands there. */
export type RecipeProblem = Problem & Origin;

/** What is wrong with a recipe, all of it. */
export class RecipeError extends UsageError {
  readonly problems: readonly RecipeProblem[];

  constructor(problems: readonly RecipeProblem[]) {
    super(linesOf(problems, sentence));
    this.problems = problems;
  }

  /** The message in the words of a caller that knows how its options are called. */
  worded(tell: (problem: RecipeProblem) => string): string {
    return linesOf(this.problems, tell);
  }
}

/** A line for each problem; two of one wording are told once. */
function linesOf(problems: readonly RecipeProblem[], tell: (problem: RecipeProblem) => string): string {
  return [...new Set(problems.map(tell))].join('\n');
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
