import type { Logger } from 'pino';
import { type MessageWording, wordedFor } from '../message.ts';
import { percent, perSecond } from '../text/numbers.ts';
import type { Ending, TrainingObserver } from '../training/fit.ts';
import type { EpochRecord } from '../training/history.ts';
import { type Progress, trainingMeans } from '../training/progress.ts';
import type { TrainingRun } from '../training/training-run.ts';
import { nextStep, whereItStands } from './next-step.ts';
import { duration } from './terminal/live-line.ts';
import { TrainingClock } from './training-clock.ts';

/** Seconds between progress lines. */
const lineInterval = 15;

/** What is said of a run. */
type LoggedRun = Pick<TrainingRun, 'config' | 'data' | 'folder' | 'start'>;

/** Logs a training run: a line at its beginning, now and then one, one for each epoch, and a summary. */
export class TrainingLog implements TrainingObserver {
  readonly #run: LoggedRun;
  readonly #logger: Logger;
  readonly #wording: MessageWording;
  readonly #clock: TrainingClock;
  #lastLine = performance.now();

  constructor(run: LoggedRun, logger: Logger, wording: MessageWording) {
    this.#wording = wording;
    this.#run = run;
    this.#logger = logger;
    this.#clock = new TrainingClock(run);
  }

  begin(): void {
    const { config, folder, start, data } = this.#run;
    const { model, recipe, device, threads, target } = config;
    const { imagesPerEpoch, stepsPerEpoch } = data;
    this.#logger.info(
      { model, device: device.used, threads, target, imagesPerEpoch, stepsPerEpoch, batchSize: recipe.batchSize },
      `training ${model} in ${folder.path}: ${recipe.epochs} epochs of ${imagesPerEpoch} images, ` +
        `${stepsPerEpoch} steps of ${recipe.batchSize}, ${recipe.optimizer.name} at ${recipe.optimizer.lr}, ` +
        `${device.used} with ${threads} threads`,
    );
    if (start.step > 0) this.#logger.info({ step: start.step }, wordedFor(whereItStands(this.#run), this.#wording));
  }

  step(progress: Progress, learningRate: number): void {
    const now = performance.now();
    if ((now - this.#lastLine) / 1000 < lineInterval) return;
    this.#lastLine = now;
    const { config, data } = this.#run;
    const { speed, secondsLeft } = this.#clock.at(progress);
    const { loss, accuracy } = trainingMeans(progress);
    this.#logger.info(
      { epoch: progress.epoch + 1, step: progress.step, loss, accuracy, lr: learningRate, imagesPerSecond: speed },
      `epoch ${progress.epoch + 1}/${config.recipe.epochs}: step ${progress.stepInEpoch}/${data.stepsPerEpoch}, ` +
        `loss ${loss.toFixed(4)}, accuracy ${percent(accuracy, 2)}, ${perSecond(speed)} images/s, ${duration(secondsLeft)} left`,
    );
  }

  epoch(record: EpochRecord, isBest: boolean): void {
    this.#clock.epoch(record);
    this.#lastLine = performance.now();
    const { epoch, train, validation, lr, seconds, images_per_second } = record;
    const { epochs } = this.#run.config.recipe;
    this.#logger.info(
      { ...record, best: isBest },
      `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}  ` +
        `training loss ${train.loss.toFixed(4)} accuracy ${percent(train.accuracy, 2)}  ` +
        `validation loss ${validation.loss.toFixed(4)} accuracy ${percent(validation.accuracy, 2)}  ` +
        `lr ${lr.toPrecision(3)}  ${seconds.toFixed(1)} s  ${perSecond(images_per_second)} images/s${isBest ? '  best' : ''}`,
    );
  }

  finish(progress: Progress, ending: Ending): void {
    const { best, step, epoch } = progress;
    const { folder, config } = this.#run;
    const seconds = this.#clock.seconds();
    const next = nextStep({ config, run: folder.path, progress });
    this.#logger.info(
      { ending, epochs: epoch, steps: step, seconds, best },
      `${endingText(ending, config.recipe)} after ${epoch} epochs (${step} steps), ${duration(seconds)}; ` +
        `${best ? `best ${bestText(best)}` : 'no epoch completed'}; next: ${this.#wording.call(next)}`,
    );
  }
}

export function endingText(ending: Ending, { earlyStop }: { readonly earlyStop: number | null }): string {
  const endings: Readonly<Record<Ending, string>> = {
    finished: 'finished',
    'early-stop': `stopped early: no lower validation loss for ${earlyStop} epochs`,
    'max-steps': 'stopped at --max-steps',
  };
  return endings[ending];
}

export function bestText({ epoch, loss, accuracy }: NonNullable<Progress['best']>): string {
  return `epoch ${epoch}: validation loss ${loss.toFixed(4)}, accuracy ${percent(accuracy, 2)}`;
}
