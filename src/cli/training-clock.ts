import type { EpochRecord } from '../training/history.ts';
import type { Progress } from '../training/progress.ts';
import type { TrainingRun } from '../training/training-run.ts';

/** How fast a training is, and how long it will take. */
export interface Pace {
  /** Images a second in this epoch. */
  readonly speed: number;
  readonly epochSecondsLeft: number;
  /** To the last epoch, or the last step that was asked for. */
  readonly secondsLeft: number;
}

/** Keeps the time of a training. */
export class TrainingClock {
  readonly #run: Pick<TrainingRun, 'config' | 'data'>;
  readonly #started = performance.now();
  #epochStarted = performance.now();
  #imagesBefore: number;
  /** Seconds of an epoch that are not training: its validation. */
  #afterTraining = 0;

  constructor(run: Pick<TrainingRun, 'config' | 'data' | 'start'>) {
    this.#run = run;
    this.#imagesBefore = run.start.images;
  }

  /** Seconds since the beginning. */
  seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  at({ epoch, step, stepInEpoch, images }: Progress): Pace {
    const { config, data } = this.#run;
    const speed = (images - this.#imagesBefore) / ((performance.now() - this.#epochStarted) / 1000);
    const stepsLeft = (config.limits.maxSteps ?? Number.POSITIVE_INFINITY) - step;
    const imagesLeft = (count: number, steps: number) =>
      steps > stepsLeft ? Math.max(0, stepsLeft) * config.recipe.batchSize : count;
    const inEpoch = imagesLeft(data.imagesPerEpoch - images, data.stepsPerEpoch - stepInEpoch);
    const epochsLeft = config.recipe.epochs - epoch;
    const inAll = imagesLeft(epochsLeft * data.imagesPerEpoch - images, epochsLeft * data.stepsPerEpoch - stepInEpoch);
    const validations = Math.min(epochsLeft, Math.ceil(stepsLeft / data.stepsPerEpoch));
    return {
      speed,
      epochSecondsLeft: inEpoch / speed,
      secondsLeft: inAll / speed + validations * this.#afterTraining,
    };
  }

  epoch({ seconds, images_per_second }: EpochRecord): void {
    const seen = this.#run.data.imagesPerEpoch - this.#imagesBefore;
    this.#afterTraining = Math.max(0, seconds - seen / images_per_second);
    this.#imagesBefore = 0;
    this.#epochStarted = performance.now();
  }
}
