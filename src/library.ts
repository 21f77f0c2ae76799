/**
 * What a program calls. Each function loads what it needs when it is called: drawing and other runtimes only where
 * something is drawn or exported. Nothing prints; whoever wants to hear gives a logger or an observer.
 */
import { pino } from 'pino';
import type { ModelDefinition } from '../graphs/models/model.ts';
import type { ModelSummary } from '../graphs/models/summary.ts';
import { type Context, defaultContext, requireModel } from './context.ts';
import type { Dataset } from './data/dataset.ts';
import type { DataOptions } from './data/own/options.ts';
import type { Reading } from './data/own/picture-files.ts';
import { AtelierError, UsageError } from './errors.ts';
import type { Comparison, ComparisonOptions } from './evaluation/comparison/compare.ts';
import type { Evaluation, EvaluationOptions } from './evaluation/evaluate-run.ts';
import type { ListedRun } from './evaluation/listed-run.ts';
import type { PredictedImages, PredictOptions } from './evaluation/predict-images.ts';
import { type Experiment, ownModels } from './experiment.ts';
import type { ActivationOptions, ActivationsObserver, DrawnActivations } from './explanation/draw-activations.ts';
import type { Exported, ExportOptions } from './export/export-run.ts';
import type { Several } from './failures.ts';
import type { ExploreOptions, WrittenExploration } from './report/exploration/write-exploration.ts';
import type { WriteReportOptions, WrittenReport } from './report/write-report.ts';
import type { Ending, TrainingObserver } from './training/fit.ts';
import type { EpochRecord } from './training/history.ts';
import type { TrainRequest } from './training/open-run.ts';
import type { PartialRecipe } from './user-code/define-experiment.ts';

/** What a program brings of its own. */
export interface ContextOptions {
  /** Models beside those of the catalogue. */
  readonly models?: readonly ModelDefinition[];
  /** Data sets beside those that are known by a name. */
  readonly datasets?: readonly Dataset[];
  /** Recipes, and what a published report says. */
  readonly experiment?: Experiment;
  /** Who is told what happens; nobody by default. */
  readonly logger?: Context['logger'];
}

/**
 * What names stand for in all other functions: the catalogue's models and the data sets that are known by a name, with
 * one's own. Runs record names, so whoever evaluates a run of a model of their own gives a context that has it.
 */
export function createContext(options: ContextOptions = {}): Context {
  const { models = [], datasets = [], experiment = null, logger = pino({ level: 'silent' }) } = options;
  const base = defaultContext(logger);
  const own = [...models, ...ownModels(experiment)];
  return {
    ...base,
    models: [...own, ...base.models.filter(({ name }) => own.every((other) => other.name !== name))],
    datasets: async (data, request) =>
      datasets.find((dataset) => dataset.name === data) ?? base.datasets(data, request),
    experiment,
  };
}

/** What is trained on what; all has a default but the model or the data. */
export interface TrainOptions
  extends Omit<TrainRequest, 'model' | 'data' | 'options' | 'configFile' | 'resume' | 'reading'> {
  /** The name of a model, the file of one (`./net.ts`), or one's own; one that suits the data by default. */
  readonly model?: string | ModelDefinition | undefined;
  /** The name of a data set, a folder of pictures or a file, or one's own; the experiment's by default. */
  readonly data?: string | Dataset | undefined;
  /** What differs from the model's recipe. */
  readonly recipe?: PartialRecipe | undefined;
  /** Go on with `run`, or with the newest unfinished run of the model. */
  readonly resume?: boolean | undefined;
  readonly context?: Context | undefined;
  /** Is told of each step and epoch. */
  readonly observer?: TrainingObserver | undefined;
  /** Raised to stop; the state is saved first. */
  readonly signal?: AbortSignal | undefined;
}

/** How a training ended. */
export interface Trained {
  /** The run folder. */
  readonly run: string;
  readonly ending: Ending;
  /** Epochs and steps made in all, also before a resumption. */
  readonly epochs: number;
  readonly steps: number;
  /** The epoch (from 1) with the lowest validation loss; null where none was completed. */
  readonly best: { readonly epoch: number; readonly loss: number; readonly accuracy: number } | null;
  /** The epochs of this call. */
  readonly history: readonly EpochRecord[];
}

/**
 * Trains a model and keeps the run in a folder: configuration, history, checkpoints. The engine computes in a thread of
 * its own, so the event loop stays free.
 *
 * @throws UsageError for an impossible request; AtelierError where data, device or folder cannot be used, or the loss is no
 *   longer finite; InterruptedError after the signal, once the state is saved
 */
export async function train(options: TrainOptions): Promise<Trained> {
  const { data, recipe, resume = false, observer = {}, signal, context, ...request } = options;
  const model = options.model === undefined ? undefined : await fromFile(options.model);
  const own = {
    models: typeof model === 'object' ? [model] : [],
    datasets: data === undefined || typeof data === 'string' ? [] : [data],
  };
  const { prepareRun } = await import('./training/training-run.ts');
  const training = await prepareRun(
    {
      ...request,
      model: typeof model === 'object' ? model.name : model,
      data: typeof data === 'object' ? data.name : data,
      options: { ...recipe },
      resume,
      reading: { signal },
    },
    extended(context, own),
  );
  const history: EpochRecord[] = [];
  const watch: TrainingObserver = {
    ...observer,
    epoch: (record, isBest) => {
      history.push(record);
      return observer.epoch?.(record, isBest);
    },
  };
  try {
    const { progress, ending } = await training.train(watch, signal ?? new AbortController().signal);
    const { epoch, step, best } = progress;
    return { run: training.folder.path, ending, epochs: epoch, steps: step, best, history };
  } finally {
    await training.release();
  }
}

/** The model of a file of code, where a path is given. */
async function fromFile(model: string | ModelDefinition): Promise<string | ModelDefinition> {
  if (typeof model !== 'string') return model;
  const { isSourcePath } = await import('./user-code/load-source.ts');
  return isSourcePath(model) ? loadModelFile(model) : model;
}

/** A context with a few more models and data sets, which come first. */
function extended(
  context: Context = createContext(),
  { models, datasets }: { readonly models: readonly ModelDefinition[]; readonly datasets: readonly Dataset[] },
): Context {
  return {
    ...context,
    models: [...models, ...context.models.filter(({ name }) => models.every((own) => own.name !== name))],
    datasets: async (data, request) =>
      datasets.find((dataset) => dataset.name === data) ?? context.datasets(data, request),
  };
}

/** What every function that computes takes. */
export interface Computing {
  readonly context?: Context | undefined;
  /** Threads to compute with; all processors by default. */
  readonly threads?: number | undefined;
}

/** The settings of a function; each has a default. */
type Settings<Options> = Partial<Omit<Options, keyof Computing>> & Computing;

async function computing({ context = createContext(), threads }: Computing) {
  const { threadsOf } = await import('./training/environment.ts');
  return { context, threads: threadsOf(threads, context.logger) };
}

/**
 * Evaluates a run's checkpoint on a split and writes metrics.json, the classification report, the confusion matrix and the
 * predictions into the run's folder.
 *
 * @param run the run folder
 * @throws AtelierError where the folder is no run, has no such checkpoint, or its data set cannot be had
 */
export async function evaluate(run: string, options: Settings<EvaluationOptions> = {}): Promise<Evaluation> {
  const { context, threads } = await computing(options);
  const { evaluateRun } = await import('./evaluation/evaluate-run.ts');
  return evaluateRun(run, { checkpoint: 'best', ...options, threads }, context);
}

/**
 * Runs with their state, epochs, best epoch, size and labels; nothing is computed. One whose folder cannot be read is
 * listed as damaged.
 *
 * @param directory the folder that the runs are in; `artifacts/runs` by default
 */
export async function runs(directory?: string): Promise<readonly ListedRun[]> {
  const { listedRuns } = await import('./evaluation/listed-run.ts');
  return listedRuns(directory);
}

/**
 * Deletes a run with all that its folder holds.
 *
 * @throws UsageError where the folder is no run; AtelierError where a process trains it, or it cannot be deleted
 */
export async function removeRun(run: string): Promise<void> {
  const { removeRun: remove } = await import('./training/run-summary.ts');
  return remove(run);
}

/**
 * Holds runs against each other, and against what the context's experiment says: scores with intervals, tests of each run
 * and the baseline, claims. Runs that have not been evaluated yet are evaluated first; those of other data or images stand
 * apart, in groups of their own.
 *
 * @param runs at least two run folders
 * @throws UsageError for fewer than two; AtelierError as `evaluate`, and where fewer than two can be used
 */
export async function compare(
  runs: readonly string[],
  options: Settings<Omit<EvaluationOptions, 'out'>> & Pick<ComparisonOptions, 'baseline' | 'allPairs'> & Several = {},
): Promise<Comparison> {
  if (runs.length < 2)
    throw new UsageError(`compare: expected at least two run folders, got ${runs.length}`, { code: 'too-few-runs' });
  const { context, threads } = await computing(options);
  const { loadRuns } = await import('./evaluation/comparison/load-runs.ts');
  const { compareRuns } = await import('./evaluation/comparison/compare.ts');
  const settings = { checkpoint: 'best', ...options, threads } as const;
  options.observer?.progress?.({ work: `reading ${runs.length} runs`, done: 0, total: null, unit: '' });
  const loaded = await loadRuns(runs, settings, context, options.onFailure);
  if (loaded.length < 2)
    throw new AtelierError(`compare: of ${runs.length} runs ${loaded.length} can be used, and two are needed.`, {
      code: 'too-few-runs',
    });
  options.observer?.progress?.({ work: `comparing ${loaded.length} runs`, done: 0, total: null, unit: '' });
  const { baseline, allPairs } = options;
  return compareRuns(loaded, context.experiment, {
    baseline,
    allPairs,
    models: context.models,
    observer: options.observer,
  });
}

/**
 * Draws every figure of runs and writes report.md and report.html.
 *
 * @param runs at least one run folder
 * @throws UsageError, AtelierError as `evaluate`, or where the folder cannot be written
 * @example
 * ```ts
 * const { page } = await report([run, other], { out: 'report' });
 * ```
 */
export async function report(
  runs: readonly string[],
  options: Settings<WriteReportOptions> & Pick<WriteReportOptions, 'out'>,
): Promise<WrittenReport> {
  const { context, threads } = await computing(options);
  const { writeReport } = await import('./report/write-report.ts');
  return writeReport(runs, { ...options, threads }, context);
}

/**
 * Looks at a data set and writes explore.json, explore.html and figures: counts, sizes, the mean picture of each class, images
 * that show the same, within splits and across them, projections, and with a run the labels that it doubts.
 *
 * @param data a name, a folder of pictures or a file; undefined for that of the run
 * @throws UsageError, AtelierError as `loadData`, or where the folder cannot be written
 * @example
 * ```ts
 * const { page, exploration } = await explore('photos', { run });
 * ```
 */
export async function explore(
  data: string | undefined,
  options: Settings<ExploreOptions> = {},
): Promise<WrittenExploration> {
  const { context, threads } = await computing(options);
  const { writeExploration } = await import('./report/exploration/write-exploration.ts');
  return writeExploration(data, { ...options, threads }, context);
}

/**
 * Classes and probabilities of picture files and of images of the run's data set.
 *
 * @param images paths, or places in the split
 */
export async function predict(
  run: string,
  images: PredictOptions['images'],
  options: Settings<PredictOptions> = {},
): Promise<PredictedImages> {
  const { context, threads } = await computing(options);
  const { predictImages } = await import('./evaluation/predict-images.ts');
  return predictImages(run, { ...options, images, threads }, context);
}

/**
 * Draws what the layers of a trained model make of images, as sheets below a folder.
 *
 * @example
 * ```ts
 * const { files } = await activations(run, { images: '0-2', layers: ['conv1'] });
 * ```
 */
export async function activations(
  run: string,
  options: Settings<ActivationOptions> & { readonly observer?: ActivationsObserver } = {},
): Promise<DrawnActivations> {
  const { context, threads } = await computing(options);
  const { drawActivations } = await import('./explanation/draw-activations.ts');
  return drawActivations(run, { ...options, threads }, context, options.observer);
}

/**
 * Writes a run's checkpoint for other runtimes, a folder for each format.
 *
 * @throws AtelierError where the run has no such checkpoint, a format cannot hold the model, or nothing can be written
 */
export async function exportRun(
  run: string,
  options: Settings<ExportOptions> & Pick<ExportOptions, 'out'>,
): Promise<readonly Exported[]> {
  const { context, threads } = await computing(options);
  const [{ exportRun: write }, { opsets }] = await Promise.all([
    import('./export/export-run.ts'),
    import('../graphs/export/opset.ts'),
  ]);
  const usual: Omit<ExportOptions, 'out' | 'threads'> = {
    formats: ['onnx'],
    opset: opsets.usual,
    form: { input: 'bytes', output: 'both' },
    checkpoint: 'best',
    verify: false,
  };
  return write(run, { ...usual, ...options, threads }, context);
}

/**
 * What a model consists of: layers with output shapes, parameters and multiply-adds, for the images and classes of a data
 * set.
 *
 * @throws UsageError for an unknown model, and one that cannot be trained on such images: which layer is wrong, and why
 */
export async function summary(
  model: string | ModelDefinition,
  data: Pick<Dataset, 'shape' | 'classes'>,
  { context = createContext() }: Pick<Computing, 'context'> = {},
): Promise<ModelSummary> {
  const named = await fromFile(model);
  const definition = typeof named === 'string' ? requireModel(context, named) : named;
  const { summarized } = await import('./training/suited.ts');
  return summarized(definition, data.shape, data.classes.length);
}

/** Where data are, and what is made of pictures of one's own. */
export interface LoadDataOptions extends DataOptions, Reading, Pick<Computing, 'context'> {
  /** The folder that holds, or shall hold, the files of a data set that has a name: no other is used. */
  readonly dataDirectory?: string | undefined;
}

/**
 * A data set. The files of one that has a name are searched for, or fetched, when a part is loaded. Pictures of one's own
 * are decoded now, once: their images are kept below `artifacts/cache`.
 *
 * @param data a name (`fashion-mnist`), a folder of pictures (`class/picture`, or `train|val|test/class/picture`) or a file
 * @throws UsageError where there is none; AtelierError where it cannot be read, or nothing can be learned from it
 */
export async function loadData(
  data: string,
  { dataDirectory, context = createContext(), observer, signal, ...options }: LoadDataOptions = {},
): Promise<Dataset> {
  return context.datasets(data, { dir: dataDirectory, fill: true, options, observer, signal });
}

/** The definition of a model of the catalogue. Throws UsageError for an unknown one. */
export function loadModel(name: string, context: Pick<Context, 'models'> = createContext()): ModelDefinition {
  return requireModel(context, name);
}

/**
 * The model that a file of TypeScript or JavaScript exports: `export default defineModel(…)`. Its code is run.
 *
 * @throws UsageError where there is no such file, it throws or exports something else: with the line
 * @example
 * ```ts
 * await train({ model: await loadModelFile('./net.ts'), data: 'photos' });
 * ```
 */
export async function loadModelFile(path: string): Promise<ModelDefinition> {
  const { loadModelFile: load } = await import('./user-code/model-file.ts');
  return load(path);
}

/**
 * The experiment that a file exports: `export default defineExperiment({ … })`. Its code is run.
 *
 * @throws UsageError as `loadModelFile`
 * @example
 * ```ts
 * const context = createContext({ experiment: await loadExperimentFile('./experiment.ts') });
 * await train({ model: 'small', context });
 * ```
 */
export async function loadExperimentFile(path: string): Promise<Experiment> {
  const { loadExperimentFile: load } = await import('./user-code/experiment-file.ts');
  return load(path);
}
