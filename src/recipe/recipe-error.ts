import { UsageError } from '../errors.ts';
import { joined, libraryWording, type MessageWording, said, type Text, wordedFor } from '../message.ts';
import type { Problem } from './problems.ts';
import { dotted } from './values.ts';

/** Where a part of a recipe was written: in a configuration file, in the options of a request, or in the recipe below both. */
export type Origin = { readonly layer: 'file'; readonly file: string } | { readonly layer: 'options' | 'base' };

/** A problem with a recipe and where it was written; `path` is the part of the recipe as it stands there. */
export type RecipeProblem = Problem & Origin;

/** What is wrong with a recipe, all of it: a line for each problem. */
export class RecipeError extends UsageError {
  readonly problems: readonly RecipeProblem[];

  constructor(problems: readonly RecipeProblem[]) {
    super(joined(linesOf(problems, libraryWording), '\n'), { code: 'invalid-recipe' });
    this.problems = problems;
  }

  override worded(wording: MessageWording): string {
    return wordedFor(joined(linesOf(this.problems, wording), '\n'), wording);
  }
}

/** The lines; of those that are worded alike the first. */
function linesOf(problems: readonly RecipeProblem[], wording: MessageWording): readonly Text[] {
  return [...new Map(problems.map(sentence).map((line) => [wordedFor(line, wording), line])).values()];
}

function sentence(problem: RecipeProblem): Text {
  const { path, kind, text } = problem;
  const place = placeOf(problem);
  if (path.length === 0) return `${place}${text}`;
  if (problem.layer === 'options') return said`${{ recipe: path, trouble: kind }} ${text}`;
  return kind === 'unknown' ? `unknown key '${dotted(path)}'${place}; ${text}` : `'${dotted(path)}'${place}: ${text}`;
}

function placeOf(problem: RecipeProblem): string {
  if (problem.layer === 'file')
    return problem.path.length === 0 ? `configuration '${problem.file}'` : ` in configuration '${problem.file}'`;
  return problem.layer === 'base' ? " in the model's own recipe" : '';
}
