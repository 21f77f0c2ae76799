import type { Logger } from 'pino';
import { type MessageWording, wordedFor } from '../message.ts';
import type { Ending, TrainingObserver } from '../training/fit.ts';
import type { EpochRecord } from '../training/history.ts';
import { type Progress, trainingMeans } from '../training/progress.ts';
import type { TrainingRun } from '../training/training-run.ts';
import type { GlobalOptions } from './global-options.ts';
import { nextStep, whereItStands } from './next-step.ts';
import { type Bar, createBar } from './progress.ts';

/** Seconds between progress lines where no bar can be drawn. */
const lineInterval = 15;

/** Shows a training run: a bar for the epoch at work, a line for each one done, a summary. */
export class TrainingDisplay implements TrainingObserver {
  readonly #run: TrainingRun;
  readonly #logger: Logger;
  readonly #wording: MessageWording;
  readonly #bar: Bar;
  readonly #started = performance.now();
  readonly #records: EpochRecord[] = [];
  #epochStarted = performance.now();
  #imagesBefore: number;
  #lastLine = performance.now();

  constructor(run: TrainingRun, logger: Logger, options: GlobalOptions, wording: MessageWording) {
    this.#wording = wording;
    this.#run = run;
    this.#logger = logger;
    this.#imagesBefore = run.start.images;
    this.#bar = createBar(
      '{name} |{bar}| {value}/{total}  loss {loss}  accuracy {accuracy}  {speed} images/s  {left} left',
      options,
    );
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
    const { config, data } = this.#run;
    const now = performance.now();
    const speed = (progress.images - this.#imagesBefore) / ((now - this.#epochStarted) / 1000);
    const { loss, accuracy } = trainingMeans(progress);
    const epochsLeft = config.recipe.epochs - progress.epoch;
    const left = duration((epochsLeft * data.imagesPerEpoch - progress.images) / speed);
    const name = `epoch ${progress.epoch + 1}/${config.recipe.epochs}`;
    this.#bar.update(progress.stepInEpoch, data.stepsPerEpoch, {
      name,
      loss: loss.toFixed(4),
      accuracy: percent(accuracy),
      speed: speed.toFixed(0),
      left,
    });
    if (process.stderr.isTTY || (now - this.#lastLine) / 1000 < lineInterval) return;
    this.#lastLine = now;
    this.#logger.info(
      { epoch: progress.epoch + 1, step: progress.step, loss, accuracy, lr: learningRate, imagesPerSecond: speed },
      `${name}: step ${progress.stepInEpoch}/${data.stepsPerEpoch}, loss ${loss.toFixed(4)}, ` +
        `accuracy ${percent(accuracy)}, ${speed.toFixed(0)} images/s, ${left} left`,
    );
  }

  epoch(record: EpochRecord, isBest: boolean): void {
    this.#records.push(record);
    this.#imagesBefore = 0;
    this.#epochStarted = this.#lastLine = performance.now();
    this.#bar.stop();
    const { epoch, train, validation, lr, seconds, images_per_second } = record;
    this.#logger.info(
      { ...record, best: isBest },
      `epoch ${String(epoch).padStart(String(this.#run.config.recipe.epochs).length)}/${this.#run.config.recipe.epochs}  ` +
        `training loss ${train.loss.toFixed(4)} accuracy ${percent(train.accuracy)}  ` +
        `validation loss ${validation.loss.toFixed(4)} accuracy ${percent(validation.accuracy)}  ` +
        `lr ${lr.toPrecision(3)}  ${seconds.toFixed(1)} s  ${images_per_second.toFixed(0)} images/s${isBest ? '  best' : ''}`,
    );
  }

  /** Logs the summary and returns it as data. */
  finish(progress: Progress, ending: Ending) {
    const { best, step, epoch } = progress;
    const seconds = (performance.now() - this.#started) / 1000;
    const { folder, config } = this.#run;
    const endings: Readonly<Record<Ending, string>> = {
      finished: 'finished',
      'early-stop': `stopped early: no lower validation loss for ${config.recipe.earlyStop} epochs`,
      'max-steps': 'stopped at --max-steps',
    };
    const next = nextStep({ model: config.model, run: folder.path, progress });
    const bestText = best
      ? `best epoch ${best.epoch}: validation loss ${best.loss.toFixed(4)}, accuracy ${percent(best.accuracy)}`
      : 'no epoch completed';
    this.#logger.info(
      { ending, epochs: epoch, steps: step, seconds, best },
      `${endings[ending]} after ${epoch} epochs (${step} steps), ${duration(seconds)}; ${bestText}; ` +
        `next: ${this.#wording.call(next)}`,
    );
    return {
      run: folder.path,
      model: config.model,
      ending,
      epochs: epoch,
      steps: step,
      seconds,
      best,
      history: this.#records,
    };
  }

  stop(): void {
    this.#bar.stop();
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** 75 -> '1:15', 3700 -> '1:01:40'. */
function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const pad = (part: number) => String(part).padStart(2, '0');
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}
