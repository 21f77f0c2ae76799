import { InterruptedError } from '../../errors.ts';
import { parseConfigFile } from '../../recipe/config-file.ts';
import { together } from '../../tracking/observers.ts';
import { TensorBoard } from '../../tracking/tensorboard.ts';
import { prepareRun } from '../../training/training-run.ts';
import type { Run } from '../command.ts';
import { createLogger } from '../logging.ts';
import { recipeValues } from '../recipe-options.ts';
import { TrainingDisplay } from '../training-display.ts';
import type { TrainOptions } from './train.ts';

export const run: Run<TrainOptions> = async (options, context) => {
  const { logger, options: globals, signal } = context;
  const { config } = options;
  const training = await prepareRun(
    {
      model: options.model,
      configFile: config === undefined ? undefined : await parseConfigFile(config),
      options: recipeValues(options),
      run: options.run,
      resume: options.resume,
      limitTrain: options.limitTrain,
      limitValidation: options.limitVal,
      maxSteps: options.maxSteps,
      checkpointEvery: options.checkpointEvery,
      device: options.device,
      engine: options.engine,
      target: options.target,
      stepsPerCall: options.stepsPerCall,
      threads: options.threads,
      dataDirectory: options.dir,
      initFrom: options.initFrom,
      profile: options.profile,
    },
    context,
  );
  let display: TrainingDisplay | undefined;
  try {
    const runLogger = createLogger(globals, training.folder.log);
    // Loaded by those who ask for it only. Before the display, whose clock is the training's.
    const profiler = options.profile ? await import('./train-profile.ts') : undefined;
    const profile = await profiler?.profileRun(training, signal, runLogger);
    display = new TrainingDisplay(training, runLogger, globals);
    display.begin();
    const board = options.tensorboard ? await TensorBoard.open(training.folder, logger) : undefined;
    const { progress, ending } = await training.train(board ? together(display, board) : display, signal);
    const json = display.finish(progress, ending);
    if (board) {
      // Drawing is loaded by those who ask for pictures only.
      const { trackPictures } = await import('../../explanation/track-pictures.ts');
      await trackPictures(board, training, progress, options.dir, context);
    }
    if (!profiler || !profile) return { text: training.folder.path, json };
    runLogger.info(profiler.shortProfileText(profile));
    return { text: training.folder.path, json: { ...json, profile: profiler.profileSummary(profile) } };
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    const { config, folder } = training;
    throw new InterruptedError(
      `${error.message}. Go on with: npx atelier train ${config.model} --resume --run ${folder.path}`,
    );
  } finally {
    display?.stop();
    await training.release();
  }
};
