import type { z } from 'zod';
import { nearest } from '../text/nearest.ts';
import { keyHint } from './known-keys.ts';
import { optimizers, recipeSchema, schedules } from './schema.ts';
import { oneOf } from './types.ts';
import { show, type Values, valueAt } from './values.ts';

/** One thing that is wrong with a recipe. Where it was written is added by whoever knows the layers. */
export interface Problem {
  /** The part of the recipe: ['dropout', 1]. Empty for the recipe as a whole. */
  readonly path: readonly PropertyKey[];
  /** 'unknown' for a key that nobody knows (the last of `path`), 'value' for a value that cannot be. */
  readonly kind: 'unknown' | 'value';
  readonly text: string;
}

/** Everything that is wrong with a merged recipe for a model of so many dropout layers. */
export function problemsOf(recipe: Values, model: string, dropoutLayers: number): readonly Problem[] {
  const { error } = recipeSchema.safeParse(recipe);
  const own = error?.issues.flatMap((issue) => fromIssue(issue, recipe)) ?? [];
  return [...own, ...crossProblems(recipe, model, dropoutLayers)];
}

function fromIssue(issue: z.core.$ZodIssue, recipe: Values): readonly Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const group = path.map(String);
    return issue.keys.map((key) => ({ path: [...path, key], kind: 'unknown', text: keyHint(group, key, recipe) }));
  }
  const found = valueAt(recipe, path);
  const text =
    issue.code === 'invalid_union'
      ? expectedOne(Object.keys(path[0] === 'optimizer' ? optimizers : schedules), found)
      : issue.code === 'invalid_value'
        ? expectedOne(issue.values.map(String), found)
        : `expected ${issue.message}`;
  return [{ path, kind: 'value', text: `${text}, got ${show(found)}` }];
}

function expectedOne(names: readonly string[], found: unknown): string {
  const near = typeof found === 'string' ? nearest(found, names) : undefined;
  return `expected ${oneOf(names)}${near === undefined ? '' : ` (did you mean '${near}'?)`}`;
}

/** What can only be seen from several keys at once, or from the model. Values of the wrong kind are left to the schema. */
function crossProblems(recipe: Values, model: string, dropoutLayers: number): readonly Problem[] {
  const problems: Problem[] = [];
  const expect = (path: readonly string[], holds: boolean, text: string): void => {
    if (!holds) problems.push({ path, kind: 'value', text: `expected ${text}, got ${show(valueAt(recipe, path))}` });
  };
  const number = (...path: string[]): number => {
    const value = valueAt(recipe, path);
    return typeof value === 'number' ? value : Number.NaN; // NaN compares false: no second complaint
  };
  const [lr, minLr] = [number('optimizer', 'lr'), number('schedule', 'minLr')];
  expect(['schedule', 'minLr'], !(minLr > lr && lr > 0), `at most the learning rate (${lr})`);
  const [epochs, warmup] = [number('epochs'), number('schedule', 'warmupEpochs')];
  expect(['schedule', 'warmupEpochs'], !(warmup >= epochs && epochs >= 1), `fewer than all ${epochs} epochs`);
  const { dropout } = recipe;
  if (Array.isArray(dropout)) {
    const rates = dropoutLayers === 1 ? 'rate' : 'rates';
    const expected = `${dropoutLayers} ${rates}, one for each dropout layer of model '${model}' (or one number for all)`;
    expect(['dropout'], dropout.length === dropoutLayers, expected);
  }
  return problems;
}
