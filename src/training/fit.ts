import type { Recipe } from '../../graphs/models/recipe.ts';
import type { Batch, Batches } from '../data/batches.ts';
import { AtelierError, InterruptedError } from '../errors.ts';
import type { Engine, StepInput } from './engines/engine.ts';
import type { EpochRecord } from './history.ts';
import { afterEpoch, afterStep, type Progress, trainingMeans } from './progress.ts';
import type { Scheduler } from './schedulers/scheduler.ts';

/** Where the images of a run come from. */
export interface TrainingData {
  readonly stepsPerEpoch: number;
  readonly imagesPerEpoch: number;
  trainBatches(epoch: number, startStep: number): Batches;
  validationBatches(): Batches;
}

/** Where a run is kept. Each call returns once the bytes are on the disk. */
export interface RunStore {
  saveLast(engine: Engine, progress: Progress): Promise<void>;
  saveBest(engine: Engine, progress: Progress): Promise<void>;
  appendHistory(record: EpochRecord): Promise<void>;
  /** Names the newest checkpoint for messages. */
  lastSaved(): string;
}

/** Who watches: progress bars, logs, trackers. */
export interface TrainingObserver {
  step?(progress: Progress, learningRate: number): void;
  epoch?(record: EpochRecord, isBest: boolean): void | Promise<void>;
}

export interface Fit {
  readonly engine: Engine;
  readonly data: TrainingData;
  readonly recipe: Recipe;
  readonly scheduler: Scheduler;
  readonly store: RunStore;
  readonly observer: TrainingObserver;
  /** Steps between checkpoints within an epoch; null only saves at the end of each. */
  readonly checkpointEvery: number | null;
  readonly maxSteps: number | null;
  /** Raised to stop after the steps that are being made. */
  readonly signal: AbortSignal;
}

export type Ending = 'finished' | 'early-stop' | 'max-steps';

/**
 * How training that stands here has ended; undefined where there is more to do. A function of the saved state alone, so a
 * run that was killed right after its last epoch is not trained any further.
 */
export function endingOf({ epochs, earlyStop }: Recipe, { epoch, best }: Progress): Ending | undefined {
  if (epoch >= epochs) return 'finished';
  const waited = epoch - (best?.epoch ?? 0);
  return earlyStop !== null && waited >= earlyStop ? 'early-stop' : undefined;
}

/**
 * Trains from `start` to the recipe's last epoch. The state on disk is complete after every epoch; killed at any moment,
 * a run resumed from its last checkpoint ends with the same bytes.
 *
 * @throws InterruptedError after the signal, once the state is saved
 * @throws AtelierError where the loss is no longer finite; the last good checkpoint stays
 */
export async function fit(run: Fit, start: Progress): Promise<{ progress: Progress; ending: Ending }> {
  const { engine, data, recipe, scheduler, store, observer, maxSteps } = run;
  let progress = start;
  let ending = endingOf(recipe, progress);
  while (ending === undefined) {
    if (maxSteps !== null && progress.step >= maxSteps) return { progress, ending: 'max-steps' };
    const clock = stopwatch();
    const seenBefore = progress.images;
    const batches = data.trainBatches(progress.epoch, progress.stepInEpoch);
    for await (const group of grouped(batches, () => stepsAtOnce(run, progress))) {
      const inputs = group.map(
        (batch, i): StepInput => ({
          batch,
          learningRate: learningRateAt(run, progress, progress.stepInEpoch + i),
          step: progress.step + 1 + i,
        }),
      );
      const results = await engine.trainSteps(inputs);
      for (const [i, { batch, learningRate }] of inputs.entries()) {
        const result = results[i];
        if (!result || !Number.isFinite(result.loss))
          throw diverged(run, 'training', progress, result?.loss ?? Number.NaN, learningRate);
        progress = afterStep(progress, result, batch.count);
        observer.step?.(progress, learningRate);
      }
      // A run blocks the event loop; this lets signals and the terminal in.
      await new Promise(setImmediate);
      const stop = run.signal.aborted || progress.step === maxSteps;
      if (stop || (run.checkpointEvery && progress.step % run.checkpointEvery === 0))
        await store.saveLast(engine, progress);
      if (run.signal.aborted) throw new InterruptedError(`interrupted after step ${progress.step}; the state is saved`);
      if (stop) return { progress, ending: 'max-steps' };
    }
    const trained = clock();
    const validation = await engine.evaluate(data.validationBatches());
    const lr = learningRateAt(run, progress, data.stepsPerEpoch - 1);
    if (!Number.isFinite(validation.loss)) throw diverged(run, 'validation', progress, validation.loss, lr);
    const epoch = progress.epoch + 1;
    const isBest = progress.best === null || validation.loss < progress.best.loss;
    const record: EpochRecord = {
      epoch,
      train: trainingMeans(progress),
      validation,
      lr,
      seconds: clock(),
      images_per_second: (progress.images - seenBefore) / trained,
    };
    const next = scheduler.afterEpoch(progress.scheduler, {
      validationLoss: validation.loss,
      validationAccuracy: validation.accuracy,
    });
    progress = afterEpoch(progress, next, isBest ? { epoch, ...validation } : progress.best);
    // The order matters to a kill in between: what `last` claims must be on the disk before it.
    if (isBest) await store.saveBest(engine, progress);
    await store.appendHistory(record);
    await store.saveLast(engine, progress);
    await observer.epoch?.(record, isBest);
    ending = endingOf(recipe, progress);
  }
  return { progress, ending };
}

/** As many steps as the engine makes in one call, but not past one after which the state is wanted. */
function stepsAtOnce({ engine, checkpointEvery, maxSteps }: Fit, { step }: Progress): number {
  const untilCheckpoint = checkpointEvery ? checkpointEvery - (step % checkpointEvery) : engine.stepsPerCall;
  const untilEnd = maxSteps === null ? engine.stepsPerCall : maxSteps - step;
  return Math.min(engine.stepsPerCall, untilCheckpoint, untilEnd);
}

/** Batches in groups of the size that is wanted when one begins. */
async function* grouped(batches: Batches, size: () => number): AsyncGenerator<readonly Batch[], void, void> {
  let wanted = size();
  let group: Batch[] = [];
  for await (const batch of batches) {
    group.push(batch);
    if (group.length < wanted) continue;
    yield group;
    group = [];
    wanted = size();
  }
  if (group.length > 0) yield group;
}

function learningRateAt({ scheduler, data, recipe }: Fit, { scheduler: state, epoch }: Progress, stepInEpoch: number) {
  return scheduler.lrAt(state, { epoch, stepInEpoch, stepsPerEpoch: data.stepsPerEpoch, epochs: recipe.epochs });
}

function diverged(
  { store }: Fit,
  kind: 'training' | 'validation',
  { step, epoch }: Progress,
  loss: number,
  learningRate: number,
): AtelierError {
  const place = kind === 'training' ? `at step ${step + 1}` : `after step ${step}`;
  return new AtelierError(
    `the ${kind} loss became ${loss} ${place} (epoch ${epoch + 1}) with learning rate ${learningRate}. ` +
      `The last good checkpoint is ${store.lastSaved()}. Start again with a lower --lr.`,
  );
}

/** Seconds since the call. */
function stopwatch(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}
