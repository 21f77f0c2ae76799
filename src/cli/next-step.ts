import { type CallPart, call, said, type Text } from '../message.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { endingOf } from '../training/fit.ts';
import { namedModel } from '../training/named-model.ts';
import type { Progress } from '../training/progress.ts';
import type { TrainingRun } from '../training/training-run.ts';

/** A training that has ended. */
export interface EndedTraining {
  readonly config: Pick<RunConfig, 'model' | 'network'>;
  /** The run folder, as it is to be named on a command line. */
  readonly run: string;
  readonly progress: Pick<Progress, 'best'>;
}

/** What the closing summary of a training advises: always something that works as the run stands. */
export function nextStep({ config, run, progress }: EndedTraining): CallPart {
  // Without a completed epoch there is no best checkpoint to evaluate.
  return progress.best === null
    ? call('train', { ...namedModel(config), resume: true, run })
    : call('evaluate', { run });
}

/** What is said where a run is resumed: where it goes on, or that it has ended and how it would be trained on. */
export function whereItStands({ config, folder, start }: Pick<TrainingRun, 'config' | 'folder' | 'start'>): Text {
  const { recipe } = config;
  const onward = { ...namedModel(config), resume: true, run: folder.path } as const;
  switch (endingOf(recipe, start)) {
    case undefined:
      return `going on after step ${start.step} (epoch ${start.epoch + 1})`;
    case 'finished':
      return said`all ${recipe.epochs} epochs are trained already; to train on: ${call('train', { ...onward, epochs: 2 * recipe.epochs })}`;
    default: {
      const patience = recipe.earlyStop === null ? null : 2 * recipe.earlyStop;
      return said`it stopped early after epoch ${start.epoch}; to train on: ${call('train', { ...onward, earlyStop: patience })}`;
    }
  }
}
