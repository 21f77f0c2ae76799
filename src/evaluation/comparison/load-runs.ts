import { basename, join, resolve } from 'node:path';
import { type Context, modelLabel, modelNames } from '../../context.ts';
import type { SplitName } from '../../data/dataset.ts';
import { AtelierError, UsageError } from '../../errors.ts';
import { type OnFailure, orFailure } from '../../failures.ts';
import { readRunConfig } from '../../training/config/run-config.ts';
import { readHistory } from '../../training/history.ts';
import { exists, type RunFolder, requireRun } from '../../training/run-folder.ts';
import { confusionMatrix } from '../confusion.ts';
import { type EvaluationOptions, evaluateAnyway } from '../evaluate-run.ts';
import { unservingBecause } from '../kept-evaluation.ts';
import { type Metrics, readMetrics } from '../metrics.ts';
import type { Predictions } from '../predictions.ts';
import { readPredictions } from '../predictions-csv.ts';
import { heldOutSplit } from '../trained-model-images.ts';
import type { EvaluatedRun } from './evaluated-run.ts';
import { inOrder } from './order.ts';
import { shortNames } from './short-names.ts';

/**
 * Reads runs with their evaluations. One that is missing, older than its checkpoint or of another checkpoint is computed
 * first. They come in one order, whatever order they are named in: by the experiment's models, then the catalogue's, then
 * by seed and name.
 *
 * @param onFailure is told of each run that cannot be read or evaluated; the others are loaded
 * @throws UsageError where a run is named twice, AtelierError where one cannot be read or evaluated and nobody is told
 */
export async function loadRuns(
  paths: readonly string[],
  options: EvaluationOptions,
  context: Context,
  onFailure?: OnFailure,
): Promise<readonly EvaluatedRun[]> {
  const folders = paths.map((path) => resolve(path));
  const twice = folders.findIndex((folder, index) => folders.indexOf(folder) !== index);
  if (twice !== -1)
    throw new UsageError(`'${paths[twice]}' is named twice, expected different runs. Leave one out.`, {
      code: 'already-named',
    });
  const runs: Omit<EvaluatedRun, 'label'>[] = [];
  // One after the other: an evaluation takes all processors.
  for (const path of paths) {
    const run = await orFailure(path, onFailure, () => loadRun(path, options, context));
    if (run) runs.push(run);
  }
  const order = [...new Set([...Object.keys(context.experiment?.models ?? {}), ...modelNames(context)])];
  const ordered = inOrder(runs, order);
  const labels = labelsOf(ordered, context);
  return ordered.map((run, index) => ({ ...run, label: labels[index] ?? run.name }));
}

async function loadRun(
  path: string,
  options: EvaluationOptions,
  context: Context,
): Promise<Omit<EvaluatedRun, 'label'>> {
  const run = await requireRun(path);
  const config = await readRunConfig(path);
  const judged = { ...options, split: options.split ?? heldOutSplit(config) };
  const { metrics, predictions } = await evaluationOf(run, judged, context);
  const history = (await exists(run.history)) ? await readHistory(run.history) : [];
  return { name: basename(resolve(path)), path, config, history, metrics, predictions };
}

/** A run's evaluation: what its folder holds, or a new one where that does not serve. */
export async function evaluationOf(
  run: RunFolder,
  options: EvaluationOptions & { readonly split: SplitName },
  context: Context,
): Promise<Pick<EvaluatedRun, 'metrics' | 'predictions'>> {
  const reason = await unservingBecause(run, options);
  if (reason !== undefined) {
    context.logger.info({ run: run.path }, `evaluating ${run.path} on the ${options.split} images: ${reason}`);
    return evaluateAnyway(run.path, options, context);
  }
  const directory = run.evaluation(options.split, options.checkpoint);
  const metrics = await readMetrics(join(directory, 'metrics.json'));
  const predictions = await readPredictions(join(directory, 'predictions.csv'));
  checkAgreement(directory, metrics, predictions);
  return { metrics, predictions };
}

/** Both files come from one evaluation; where one was replaced since, no number can be trusted. */
function checkAgreement(directory: string, { confusion, classes, loss }: Metrics, predictions: Predictions): void {
  const { classNames, labels, predicted } = predictions;
  const counted = JSON.stringify(confusionMatrix(labels, predicted, classNames.length));
  const named = classes.map(({ name }) => name).join('\n') === classNames.join('\n');
  if (!named || counted !== JSON.stringify(confusion))
    throw contradiction(directory, 'their counts of right and wrong answers differ');
  const said = statedLoss(predictions);
  if (said !== undefined && Math.abs(said - loss) > roundingOfLoss * Math.max(1, loss))
    throw contradiction(directory, `the loss is ${loss}, by the probabilities it is ${said}`);
}

function contradiction(directory: string, how: string): AtelierError {
  return new AtelierError(
    `metrics.json and predictions.csv in '${directory}' contradict each other: ${how}. Evaluate the run again.`,
    { code: 'file-damaged' },
  );
}

/** What float32 leaves of the logarithm of a probability, many times over. */
const roundingOfLoss = 1e-6;
/** Smaller numbers have fewer digits in float32. */
const smallestNormal = 2 ** -126;

/** The mean cross-entropy that the probabilities say, in nats; undefined where one is too small to say it. */
function statedLoss({ classNames, labels, probabilities }: Predictions): number | undefined {
  const own = Array.from(labels, (label, image) => probabilities[image * classNames.length + label] ?? 0);
  if (own.some((share) => share < smallestNormal)) return undefined;
  return own.reduce((total, share) => total - Math.log(share), 0) / own.length;
}

/** Labels that are unlike each other: the model's, of several runs of one with what somebody called the run, or its folder. */
function labelsOf(
  runs: readonly Pick<EvaluatedRun, 'name' | 'path' | 'config'>[],
  context: Pick<Context, 'models' | 'experiment'>,
): readonly string[] {
  const titles = runs.map(({ config }) => modelLabel(context, config));
  const count = <T>(values: readonly T[], value: T) => values.filter((other) => other === value).length;
  const folders = runs.map(({ name }) => name);
  const given = runs.map(({ config }) => config.name);
  const short = new Map(
    [...new Set(titles)].flatMap((title) => {
      const own = [...new Set(folders.filter((_, index) => titles[index] === title))];
      return shortNames(own).map((name, index) => [`${title}\n${own[index]}`, name] as const);
    }),
  );
  return runs.map(({ name, path, config }, index) => {
    const title = titles[index] ?? name;
    if (count(titles, title) === 1) return title;
    if (config.name !== undefined && count(given, config.name) === 1 && !folders.includes(config.name))
      return `${title} (${config.name})`;
    return `${title} (${count(folders, name) === 1 ? (short.get(`${title}\n${name}`) ?? name) : path})`;
  });
}
