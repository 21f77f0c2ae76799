import { parseConfigFile } from '../../training/config/config-file.ts';
import { prepareRun } from '../../training/training-run.ts';
import type { Run } from '../command.ts';
import { createLogger } from '../logging.ts';
import { requireModel } from '../models.ts';
import { TrainingDisplay } from '../training-display.ts';
import type { TrainOptions } from './train.ts';

export const run: Run<TrainOptions> = async (options, { logger, options: globals, signal }) => {
  const { config } = options;
  const training = await prepareRun(
    {
      model: requireModel(options.model ?? ''),
      configFile: config === undefined ? undefined : await parseConfigFile(config),
      options,
      run: options.run,
      resume: options.resume,
      limitTrain: options.limitTrain,
      limitValidation: options.limitVal,
      maxSteps: options.maxSteps,
      checkpointEvery: options.checkpointEvery,
      device: options.device,
      threads: options.threads,
      dataDirectory: options.dir,
    },
    logger,
  );
  const display = new TrainingDisplay(training, createLogger(globals, training.folder.log), globals);
  try {
    display.begin();
    const { progress, ending } = await training.train(display, signal);
    return { text: training.folder.path, json: display.finish(progress, ending) };
  } finally {
    display.stop();
    await training.release();
  }
};
