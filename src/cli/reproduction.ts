import { sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Context, modelNames } from '../context.ts';
import type { EvaluatedRun } from '../evaluation/comparison/evaluated-run.ts';
import type { CallSettings } from '../message.ts';
import { recipeFor } from '../recipe/defaults.ts';
import { resolveRecipe } from '../recipe/resolve.ts';
import { resolveForData } from '../recipe/resolve-for-data.ts';
import type { ModelRecipe } from '../recipe/schema.ts';
import type { ReproductionStep } from '../report/model.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { bestEpoch } from '../training/history.ts';
import { namedModel } from '../training/named-model.ts';
import { commandLine } from './wording.ts';

/** The command lines that make these runs, their evaluation and their report again. */
export function reproductionSteps(
  runs: readonly EvaluatedRun[],
  context: Pick<Context, 'models' | 'experiment'>,
): readonly ReproductionStep[] {
  const revisions = [...new Set(runs.flatMap(({ config }) => config.git ?? []))];
  const clean = revisions.filter((revision) => !revision.endsWith('-dirty'));
  const paths = runs.map(againPath);
  const [first] = runs;
  const { split = 'test', checkpoint = 'best' } = first?.metrics ?? {};
  const judged = {
    runs: paths,
    split: split === 'test' ? null : split,
    checkpoint: checkpoint === 'best' ? null : checkpoint,
  };
  return [
    {
      purpose: revisionPurpose(revisions, clean),
      commands: [...(clean.length === 1 && revisions.length === 1 ? [`git checkout ${clean[0]}`] : []), 'make setup'],
    },
    {
      purpose: 'Train; the same device and number of threads give the same weights, bit for bit',
      commands: runs.map((run) => trainCommand(run, context)),
    },
    {
      purpose: 'Evaluate, compare and write this report',
      commands: [
        commandLine('evaluate', judged),
        ...(runs.length < 2 ? [] : [commandLine('compare', judged)]),
        commandLine('report', { runs: paths }),
      ],
    },
  ];
}

function revisionPurpose(revisions: readonly string[], clean: readonly string[]): string {
  const sources = 'Make the program and the data set ready';
  if (revisions.length === 0) return `${sources} (the revision was not recorded)`;
  if (clean.length < revisions.length) return `${sources} (there were changes beyond the revision)`;
  return revisions.length === 1 ? sources : `${sources} (the runs come from revisions ${revisions.join(' and ')})`;
}

/**
 * The command that trains a run again. Its own configuration is replayed where options cannot say it; what stands beside
 * it is said all the same, since programs of earlier revisions replay the recipe only.
 */
function trainCommand(run: EvaluatedRun, context: Pick<Context, 'models' | 'experiment'>): string {
  const { path, config } = run;
  const { limits, device, engine, target, threads, checkpointEvery, initFrom } = config;
  return commandLine('train', {
    ...namedModel(config),
    ...recipeSettings(path, config, context),
    limitTrain: limits.train,
    limitValidation: limits.validation,
    maxSteps: limits.maxSteps ?? stepsOfUnfinished(run),
    checkpointEvery,
    initFrom,
    device: device.used,
    engine: engine === 'native' ? null : engine,
    // The blocked layout is that of the processor; devices but the processor have standard operators only.
    target: target === 'portable' && device.used === 'cpu' ? target : null,
    threads: threads === 0 ? null : threads,
    run: againPath(run),
  });
}

/** The recipe that `train` gives the model without options; what it leaves to the training images is left open. */
function usualRecipe(
  { model, data, recipe: { dropout } }: RunConfig,
  context: Pick<Context, 'models' | 'experiment'>,
): ModelRecipe {
  const base = recipeFor(model, context.experiment);
  // Of a model whose code is not at hand the recorded rates are as good as its own.
  const definition = context.models.find(({ name }) => name === model) ?? { name: model, dropout };
  const subject = { model: definition, base, knownModels: modelNames(context) };
  const recipe = resolveRecipe(subject);
  return recipe.normalization === null ? recipe : resolveForData(recipe, data.shape);
}

/**
 * Where a run that was not trained to its end has to stop for its best checkpoint to be the same: one step after the
 * validation of its last epoch. Null for a whole run.
 */
function stepsOfUnfinished({ config, history }: EvaluatedRun): number | null {
  const { recipe, limits, data } = config;
  const epochs = history.at(-1)?.epoch ?? 0;
  const waited = epochs - (bestEpoch(history)?.epoch ?? 0);
  if (epochs === 0 || epochs >= recipe.epochs || (recipe.earlyStop !== null && waited >= recipe.earlyStop)) return null;
  return epochs * Math.ceil((limits.train ?? data.images.train) / recipe.batchSize) + 1;
}

function recipeSettings(
  path: string,
  config: RunConfig,
  context: Pick<Context, 'models' | 'experiment'>,
): CallSettings {
  const { recipe, data } = config;
  const own = usualRecipe(config, context);
  // No option names the data set.
  const isUsualData = data.name === context.experiment?.data;
  if (isUsualData && isDeepStrictEqual(recipe, own)) return {};
  if (isUsualData && isDeepStrictEqual({ ...recipe, seed: own.seed }, own)) return { seed: recipe.seed };
  return { configFile: `${bare(path)}/config.json` };
}

/** Where to train a run again: its own folder is taken. */
function againPath({ path }: EvaluatedRun): string {
  return `${bare(path)}-again`;
}

function bare(path: string): string {
  // Elsewhere than on Windows a name may end in a backslash.
  return path.replace(sep === '/' ? /\/+$/ : /[/\\]+$/, '');
}
