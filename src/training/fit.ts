import type { Batch, Batches } from '../data/batches.ts';
import { AtelierError, InterruptedError } from '../errors.ts';
import type { Recipe } from '../recipe/schema.ts';
import { BatchesAhead } from './batches-ahead.ts';
import { DivergedError, type Divergence } from './divergence.ts';
import type { Engine, Means, StepInput } from './engines/engine.ts';
import type { EpochRecord } from './history.ts';
import { afterEpoch, afterStep, type Progress, trainingMeans } from './progress.ts';
import type { Scheduler } from './schedulers/scheduler.ts';

/** Where the images of a run come from. */
export interface TrainingData {
  readonly stepsPerEpoch: number;
  readonly imagesPerEpoch: number;
  /** The batches of an epoch (from 0) from one of its steps on: `stepsPerEpoch` of them less those before. */
  trainBatches(epoch: number, startStep: number): Batches;
  validationBatches(): Batches;
}

/** Where a run is kept. Each call returns once the bytes are on the disk. */
export interface RunStore {
  saveLast(engine: Engine, progress: Progress): Promise<void>;
  saveBest(engine: Engine, progress: Progress): Promise<void>;
  appendHistory(record: EpochRecord): Promise<void>;
  /** Remembers that the run diverged. */
  recordDivergence(divergence: Divergence): Promise<void>;
  /** Names the newest checkpoint for messages; null where there is none. */
  lastSaved(): string | null;
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

/** Why a training ended: all epochs done, no better one for some time, or as many steps as were asked for. */
export type Ending = 'finished' | 'early-stop' | 'max-steps';

/**
 * How training that stands here has ended; undefined where there is more to do. A function of the saved state alone, so a
 * run that was killed right after its last epoch is not trained any further.
 */
export function endingOf(
  { epochs, earlyStop }: Pick<Recipe, 'epochs' | 'earlyStop'>,
  { epoch, best }: { readonly epoch: number; readonly best: { readonly epoch: number } | null },
): Ending | undefined {
  if (epoch >= epochs) return 'finished';
  const waited = epoch - (best?.epoch ?? 0);
  return earlyStop !== null && waited >= earlyStop ? 'early-stop' : undefined;
}

/**
 * Why training stops where it stands; undefined where it goes on. Nothing else decides it.
 *
 * @param isInterrupted whether somebody wants it to stop
 */
export function stopReason(
  { recipe, maxSteps }: Pick<Fit, 'recipe' | 'maxSteps'>,
  progress: Progress,
  isInterrupted: boolean,
): Ending | 'interrupted' | undefined {
  const ending = endingOf(recipe, progress);
  if (ending !== undefined) return ending;
  if (isInterrupted) return 'interrupted';
  return maxSteps !== null && progress.step >= maxSteps ? 'max-steps' : undefined;
}

/**
 * Trains from `start` to the recipe's last epoch. The state on disk is complete after every epoch; killed at any moment,
 * a run resumed from its last checkpoint ends with the same bytes.
 *
 * @throws InterruptedError after the signal, once the call of the engine at work has ended and the state is saved
 * @throws AtelierError where the loss is no longer finite; the last good checkpoint stays
 */
export async function fit(run: Fit, start: Progress): Promise<{ progress: Progress; ending: Ending }> {
  const { engine, data, store, signal } = run;
  let [progress, saved] = [start, start];
  let epoch: RunningEpoch | undefined;
  try {
    for (;;) {
      const stop = stopReason(run, progress, signal.aborted);
      if (progress !== saved && (stop !== undefined || isCheckpointDue(run, progress))) {
        await store.saveLast(engine, progress);
        saved = progress;
      }
      if (stop === 'interrupted')
        throw new InterruptedError(`interrupted after step ${progress.step}; the state is saved`);
      if (stop !== undefined) return { progress, ending: stop };
      epoch ??= beginEpoch(run, progress);
      if (progress.stepInEpoch < data.stepsPerEpoch) {
        progress = await trainCall(run, epoch, progress);
      } else {
        const next = await endEpoch(run, epoch, progress);
        // Interrupted meanwhile: a run that is resumed after the last step of an epoch begins with the validation.
        if (next === undefined) continue;
        progress = saved = next;
        epoch = undefined;
      }
    }
  } finally {
    await epoch?.batches.close();
  }
}

/** An epoch from the step at which this process began or resumed it. */
interface RunningEpoch {
  readonly batches: BatchesAhead;
  /** Seconds since then. */
  readonly clock: () => number;
  /** Images of the epoch that were seen before. */
  readonly seenBefore: number;
}

function beginEpoch({ data, engine }: Fit, { epoch, stepInEpoch, images }: Progress): RunningEpoch {
  const batches = new BatchesAhead(data.trainBatches(epoch, stepInEpoch), engine.stepsPerCall);
  return { batches, clock: stopwatch(), seenBefore: images };
}

/** Makes the steps of one call of the engine, while the batches of the next are prepared. */
async function trainCall(run: Fit, { batches }: RunningEpoch, before: Progress): Promise<Progress> {
  const group = await batches.take(stepsAtOnce(run, before));
  if (group.length === 0)
    throw new AtelierError(
      `internal: an epoch of ${run.data.stepsPerEpoch} steps was given ${before.stepInEpoch} batches only`,
    );
  const inputs = group.map(
    (batch, i): StepInput => ({
      batch,
      learningRate: learningRateAt(run, before, before.stepInEpoch + i),
      step: before.step + 1 + i,
    }),
  );
  const results = await run.engine.trainSteps(inputs);
  let progress = before;
  for (const [i, { batch, learningRate }] of inputs.entries()) {
    const result = results[i];
    if (!result || !Number.isFinite(result.loss))
      throw await diverged(run, 'training', progress, result?.loss ?? Number.NaN, learningRate);
    progress = afterStep(progress, result, batch.count);
    run.observer.step?.(progress, learningRate);
  }
  return progress;
}

/** The means over the validation images; undefined where the signal was raised before all of them were handed over. */
async function validate({ engine, data, signal }: Fit): Promise<Means | undefined> {
  try {
    return await engine.evaluate(whileWanted(data.validationBatches(), signal));
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

/** The batches; raises the signal's reason as soon as the signal is raised. */
async function* whileWanted(batches: Batches, signal: AbortSignal): AsyncGenerator<Batch, void, void> {
  for await (const batch of batches) {
    signal.throwIfAborted();
    yield batch;
  }
}

/**
 * Validates after the last step of an epoch and saves all that is known of it. Returns where the next epoch begins;
 * undefined, with nothing saved, where the validation was interrupted.
 */
async function endEpoch(
  run: Fit,
  { batches, clock, seenBefore }: RunningEpoch,
  progress: Progress,
): Promise<Progress | undefined> {
  const { engine, data, scheduler, store, observer } = run;
  await batches.close();
  const trained = clock();
  const validation = await validate(run);
  if (validation === undefined) return undefined;
  const lr = learningRateAt(run, progress, data.stepsPerEpoch - 1);
  if (!Number.isFinite(validation.loss)) throw await diverged(run, 'validation', progress, validation.loss, lr);
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
  const after = afterEpoch(progress, next, isBest ? { epoch, ...validation } : progress.best);
  // The order matters to a kill in between: what `last` claims must be on the disk before it.
  if (isBest) await store.saveBest(engine, after);
  await store.appendHistory(record);
  await store.saveLast(engine, after);
  await observer.epoch?.(record, isBest);
  return after;
}

function isCheckpointDue({ checkpointEvery }: Fit, { step }: Progress): boolean {
  return checkpointEvery !== null && checkpointEvery > 0 && step % checkpointEvery === 0;
}

/** As many steps as the engine makes in one call, but not past one after which the state is wanted. */
function stepsAtOnce({ engine, checkpointEvery, maxSteps }: Fit, { step }: Progress): number {
  const untilCheckpoint = checkpointEvery ? checkpointEvery - (step % checkpointEvery) : engine.stepsPerCall;
  const untilEnd = maxSteps === null ? engine.stepsPerCall : maxSteps - step;
  return Math.min(engine.stepsPerCall, untilCheckpoint, untilEnd);
}

function learningRateAt({ scheduler, data, recipe }: Fit, { scheduler: state, epoch }: Progress, stepInEpoch: number) {
  return scheduler.lrAt(state, { epoch, stepInEpoch, stepsPerEpoch: data.stepsPerEpoch, epochs: recipe.epochs });
}

async function diverged(
  { store }: Fit,
  kind: 'training' | 'validation',
  { step, epoch }: Progress,
  loss: number,
  learningRate: number,
): Promise<AtelierError> {
  const place = kind === 'training' ? `at step ${step + 1}` : `after step ${step}`;
  const found = `the ${kind} loss became ${loss} ${place} (epoch ${epoch + 1}) with learning rate ${learningRate}`;
  const divergence = { found, step };
  await store.recordDivergence(divergence);
  return new DivergedError(divergence, store.lastSaved());
}

/** Seconds since the call. */
function stopwatch(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}
