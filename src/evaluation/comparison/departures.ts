import { isDeepStrictEqual } from 'node:util';
import type { Experiment } from '../../experiment.ts';
import type { Recipe, ResolvedRecipe } from '../../recipe/schema.ts';
import { experimentModel } from './applied-experiment.ts';
import { type EvaluatedRun, incompleteness } from './evaluated-run.ts';
import { hyperParameters } from './hyper-parameters.ts';

/**
 * In what a run differs from the experiment's recipe of its model, in words: `epochs 3, not 12`. The seed may be any. Empty
 * for a run of the recipe, and for a model that the experiment says nothing of.
 */
export function departuresOf(run: EvaluatedRun, experiment: Experiment): readonly string[] {
  const { config, history } = run;
  const own = experimentModel(experiment, config.model);
  if (own === undefined) return [];
  const { recipe, data, initFrom } = config;
  const expected = filledIn(own.recipe, recipe);
  const meant = hyperParameters({ recipe: expected, data, limits: { train: null, validation: null, maxSteps: null } });
  const rows = hyperParameters(config).flatMap(({ name, value }, index) => {
    const other = meant[index]?.value ?? 'none';
    return other === value ? [] : [`${name} ${value}, not ${other}`];
  });
  const recipes = rows.length > 0 ? rows : hiddenDifferences(recipe, expected);
  const steps = stoppedEarly(run) ? [`at most ${config.limits.maxSteps?.toLocaleString('en')} steps`] : [];
  const unfinished = history.length > 0 && history.length < recipe.epochs && recipe.earlyStop === null;
  return [
    ...recipes,
    ...steps,
    ...(unfinished && steps.length === 0 ? [incompleteness(run) ?? 'unfinished'] : []),
    ...(initFrom === null ? [] : ['begun with the parameters of another run']),
  ];
}

/** The experiment's recipe with what it leaves open, and the seed, as this run has them. */
function filledIn(own: Recipe, { seed, dropout, normalization }: ResolvedRecipe): ResolvedRecipe {
  const channels = normalization.mean.length;
  const each = (values: readonly number[]) =>
    values.length === 1 ? Array.from({ length: channels }, () => values[0] ?? 0) : values;
  return {
    ...own,
    seed,
    dropout: own.dropout ?? dropout,
    normalization:
      own.normalization === null
        ? normalization
        : { mean: each(own.normalization.mean), std: each(own.normalization.std) },
  };
}

/** Differences that no row of the table of hyper-parameters shows: a schedule's threshold for instance. */
function hiddenDifferences(recipe: ResolvedRecipe, expected: ResolvedRecipe): readonly string[] {
  const parts = Object.entries(expected).filter(
    ([key, value]) => !isDeepStrictEqual(Object.entries(recipe).find(([name]) => name === key)?.[1], value),
  );
  return parts.map(([key]) => `another ${key} in its details`);
}

/** Whether a limit of steps came before the last epoch's end. */
function stoppedEarly({ config: { limits, recipe, data } }: EvaluatedRun): boolean {
  const steps = recipe.epochs * Math.ceil((limits.train ?? data.images.train) / recipe.batchSize);
  return limits.maxSteps !== null && limits.maxSteps < steps;
}
