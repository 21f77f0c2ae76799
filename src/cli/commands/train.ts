import type { Context } from '../../context.ts';
import type { Reading } from '../../data/own/picture-files.ts';
import { AtelierError, InterruptedError } from '../../errors.ts';
import { call, said } from '../../message.ts';
import { parseConfigFile } from '../../recipe/config-file.ts';
import { deviceRequests } from '../../runtime/device-names.ts';
import { together } from '../../tracking/observers.ts';
import { engineNames } from '../../training/engines/engine-names.ts';
import { targetRequests } from '../../training/engines/target-names.ts';
import { namedModel } from '../../training/named-model.ts';
import type { OpenRequest, TrainingRun } from '../../training/training-run.ts';
import { type CommandContext, type CommandResult, command, type Values } from '../command.ts';
import { dataOptions, dataOptionValues } from '../data-options.ts';
import type { Arguments, Options } from '../options.ts';
import { experimentOption, withOwn } from '../own/own.ts';
import { recipeHeadings, recipeOptions, recipeValues } from '../recipe-options.ts';
import { recipeTable } from '../recipe-table.ts';
import { modelNames, threads } from '../shared-options.ts';

const args = {
  model: {
    default: '',
    description: `${modelNames.join(', ')}, the file of your own (./net.ts), or a name of an experiment; left out: by --data`,
  },
} as const satisfies Arguments;

const { common, images } = recipeHeadings;
const folders = { heading: 'Run' } as const;
const computing = { heading: 'Computing' } as const;

const options = {
  ...recipeOptions,
  run: {
    heading: common,
    type: 'text',
    value: 'FOLDER',
    description: 'Where to keep it [artifacts/runs/<model>-<time>]',
  },
  resume: {
    heading: common,
    type: 'switch',
    default: false,
    description: 'Go on with --run, or with the newest unfinished run',
  },
  experiment: { ...experimentOption, heading: common },
  config: {
    heading: common,
    type: 'text',
    value: 'FILE',
    description:
      "JSON with parts of a recipe, or a run's config.json to replay whole; options win over it, --no-limit-train and the like lift its limits",
  },
  name: { ...folders, type: 'text', value: 'NAME', description: 'What lists and reports call it' },
  tag: {
    ...folders,
    type: 'text',
    value: 'TAG',
    many: true,
    description: 'Something to find it by in runs; may be repeated',
  },
  note: { ...folders, type: 'text', value: 'TEXT', description: 'What you want to remember of it' },
  'init-from': {
    ...folders,
    type: 'text',
    value: 'FILE',
    refusable: true,
    description: "Start from the weights of a .safetensors file (PyTorch's names) or an exported .onnx file",
  },
  'max-steps': { ...folders, type: 'whole', refusable: true, description: 'Stop after so many steps' },
  'checkpoint-every': {
    ...folders,
    type: 'whole',
    refusable: true,
    description: 'Steps between checkpoints, beside the one after each epoch',
  },
  tensorboard: {
    ...folders,
    type: 'switch',
    default: false,
    description: "Also write TensorBoard's event files into the run folder",
  },
  'limit-train': {
    heading: images,
    type: 'whole',
    refusable: true,
    description: 'Train on the first so many images only',
  },
  'limit-val': {
    heading: images,
    type: 'whole',
    refusable: true,
    description: 'Validate on the first so many images only',
  },
  ...dataOptions,
  device: {
    heading: common,
    type: 'choice',
    choices: deviceRequests,
    defaultText: 'auto',
    description: 'Where to compute',
  },
  engine: {
    ...computing,
    type: 'choice',
    choices: engineNames,
    defaultText: 'native',
    description: "What trains: graphs of Atelier's own, or ONNX Runtime's training build",
  },
  target: {
    ...computing,
    type: 'choice',
    choices: targetRequests,
    defaultText: 'auto',
    description: "Operators of the native engine's graphs: the processor's blocked layout, or standard ones",
  },
  threads: { ...threads, ...computing },
  'steps-per-call': {
    ...computing,
    type: 'whole',
    defaultText: '4; 8 on cuda',
    description: 'Training steps that the native engine makes in one call of the runtime; the same numbers for any',
  },
  profile: {
    ...computing,
    type: 'switch',
    default: false,
    description: 'First profile some steps against what the machine can do; needs twice the memory',
  },
} as const satisfies Options;

export const train = command({
  arguments: args,
  options,
  examples: ({ models: [one, other] }) => [
    [`train ${one}`, 'by the recipe that goes with the model'],
    [`train ${other} --epochs 3 --schedule one-cycle --lr 0.01`, 'another schedule'],
    ['train --data ./photos', 'pictures of your own, CLASS/PICTURE; the model is chosen'],
    [`train ${one} --resume`, 'after an interruption'],
    ['train ./net.ts', 'a network of your own: see docs/own-model.md'],
    [`train ${one} --max-steps 20 --profile`, 'where the time of a training step goes'],
    [`train ${one} --config artifacts/runs/x/config.json --seed 7`, 'the same again with another seed'],
    [`train ${one} --lr 0.003 --name higher-rate --tag rates`, 'a run to find again'],
  ],
  appendix: ({ recipes }) => ({
    heading: 'What is trained with where no option says otherwise',
    lines: recipeTable(recipes),
  }),
  savesOnSignal: true,
  run: async (values, context) => {
    if (values.tensorboard) await sayMissingFont(context);
    // Without a name there is nothing to look for in an experiment.
    if (values.model === '' && typeof values.experiment !== 'string') return prepareAndTrain(values, context);
    return withOwn(values, context, (own) => prepareAndTrain({ ...values, model: own.model }, own.context));
  },
});

/** Makes the run ready and trains it. */
async function prepareAndTrain(
  values: Values<typeof args, typeof options>,
  context: CommandContext,
): Promise<CommandResult> {
  const [{ prepareRun }, { showPreparation }] = await Promise.all([
    import('../../training/training-run.ts'),
    import('../training-display.ts'),
  ]);
  const preparation = showPreparation(values.model || 'a training', context);
  const reading = { observer: preparation.observer, signal: context.signal };
  let training: TrainingRun | undefined;
  try {
    training = await prepareRun(await requestOf(values, reading), { ...context, logger: preparation.logger });
    return await trained(training, values, context);
  } catch (error) {
    throw training ? await withWayOut(error, training) : error;
  } finally {
    preparation.stop();
    await training?.release();
  }
}

/** TensorBoard's pictures are drawn after hours of training: what they lack is said before. */
async function sayMissingFont({ logger }: CommandContext): Promise<void> {
  const { fontProblem } = await import('../../rendering/font.ts');
  const problem = fontProblem();
  if (problem !== undefined) logger.warn(`TensorBoard will have no pictures of this run: ${problem.message}`);
}

/** Trains a run that is ready, and shows it. */
async function trained(
  training: TrainingRun,
  values: Values<typeof args, typeof options>,
  context: CommandContext,
): Promise<CommandResult> {
  const { folder } = training;
  const [{ createLogger }, { TrainingDisplay }] = await Promise.all([
    import('../logging.ts'),
    import('../training-display.ts'),
  ]);
  const logger = createLogger(context.options, { file: folder.log });
  const profile = values.profile ? await profileOf(training, context.signal, { ...context, logger }) : undefined;
  // Its clock is the training's.
  const display = new TrainingDisplay(training, context);
  try {
    display.begin();
    const tracking = values.tensorboard ? await import('../../tracking/tensorboard.ts') : undefined;
    const board = await tracking?.TensorBoard.open(folder, context.logger);
    const { progress, ending } = await training.train(board ? together(display, board) : display, context.signal);
    const json = display.finish(progress, ending);
    if (board) {
      // Drawing is loaded by those who ask for pictures only.
      const { trackPictures } = await import('../../explanation/track-pictures.ts');
      await trackPictures(board, training, progress, { data: values.data, dataDirectory: values.dir }, context);
    }
    if (!profile) return { text: folder.path, json };
    logger.info(profile.text);
    return { text: folder.path, json: { ...json, profile: profile.summary } };
  } finally {
    display.stop();
  }
}

/** An error with what to do next, where something is known. */
async function withWayOut(error: unknown, { folder, config }: TrainingRun): Promise<unknown> {
  if (error instanceof AtelierError && error.code === 'not-finite') {
    const { withLowerRate } = await import('../../training/divergence.ts');
    return new AtelierError(said`${error} For instance: ${withLowerRate(folder, config)}`, { code: error.code });
  }
  if (!(error instanceof InterruptedError)) return error;
  const goOn = call('train', { ...namedModel(config), resume: true, run: folder.path });
  return new InterruptedError(said`${error}. Go on with: ${goOn}`);
}

/** What the options ask for. */
async function requestOf(values: Values<typeof args, typeof options>, reading: Reading): Promise<OpenRequest> {
  const { config, limitVal, dir, ...others } = values;
  return {
    model: others.model === '' ? undefined : others.model,
    configFile: config === undefined ? undefined : await parseConfigFile(config),
    options: recipeValues(values),
    run: others.run,
    resume: others.resume,
    limitTrain: others.limitTrain,
    limitValidation: limitVal,
    maxSteps: others.maxSteps,
    checkpointEvery: others.checkpointEvery,
    device: others.device,
    engine: others.engine,
    target: others.target,
    stepsPerCall: others.stepsPerCall,
    threads: others.threads,
    data: others.data,
    dataDirectory: dir,
    dataOptions: dataOptionValues(values),
    reading,
    initFrom: others.initFrom,
    profile: others.profile,
    name: others.name,
    tags: others.tag,
    note: others.note,
  };
}

/** A profile of steps that are about to be made; undefined where there are none. */
async function profileOf(training: TrainingRun, signal: AbortSignal, context: Pick<Context, 'logger' | 'wording'>) {
  const [{ profileRun, profileSummary }, { shortProfileText }] = await Promise.all([
    import('../../training/profile/profile-run.ts'),
    import('../../training/profile/profile-text.ts'),
  ]);
  const profile = await profileRun(training, signal, context);
  return profile && { text: shortProfileText(profile), summary: profileSummary(profile) };
}
