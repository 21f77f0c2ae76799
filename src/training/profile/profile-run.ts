import { join } from 'node:path';
import type { Context } from '../../context.ts';
import type { Batch } from '../../data/batches.ts';
import { ensureDirectory, writeFileAtomic } from '../../files/atomic.ts';
import { writeJsonAtomic } from '../../files/json.ts';
import { said, setting, wordedFor } from '../../message.ts';
import type { TrainingRun } from '../training-run.ts';
import { profileText } from './profile-text.ts';
import { checkProfilable, profileTrainStep } from './profile-train-step.ts';
import { aboveFloor, groupBy, type StepProfile } from './step-profile.ts';

const profiledSteps = 20;
const warmupSteps = 5;

/**
 * Profiles the steps that a run is about to make, on copies of its state and with its own batches, and writes the `profile`
 * folder of the run: profile.json, profile.txt and the runtime's trace.json. The run itself is not touched by it. Returns
 * undefined, with a warning, where the run has no step left to make.
 *
 * @throws InterruptedError where the signal is raised; nothing is written then
 */
export async function profileRun(
  training: TrainingRun,
  signal: AbortSignal,
  { logger, wording }: Pick<Context, 'logger' | 'wording'>,
): Promise<StepProfile | undefined> {
  const { config, folder, start, programs } = training;
  const { recipe, threads } = config;
  const steps = Math.min(profiledSteps, stepsLeft(training));
  if (steps <= 0) {
    const idle = said`${setting('profile')}: the run has no step left to make, so there is nothing to profile`;
    logger.warn(wordedFor(idle, wording));
    return undefined;
  }
  checkProfilable('native', config.device.used);
  logger.info({ steps, warmup: warmupSteps }, `profiling ${steps} steps on a copy of the state`);
  const { profile, trace } = await profileTrainStep({
    programs,
    batchSize: recipe.batchSize,
    seed: recipe.seed,
    threads,
    state: await training.state(),
    batches: wholeBatches(training),
    stepsBefore: start.step,
    learningRate: recipe.optimizer.lr,
    steps,
    warmup: warmupSteps,
    signal,
  });
  await ensureDirectory(folder.profile);
  await writeFileAtomic(join(folder.profile, 'trace.json'), trace, 'the trace');
  await writeJsonAtomic(join(folder.profile, 'profile.json'), profile, 'the profile');
  await writeFileAtomic(join(folder.profile, 'profile.txt'), profileText(profile), 'the profile');
  logger.info(`profile: ${join(folder.profile, 'profile.txt')}`);
  return profile;
}

/** A profile in short; the rest is in its files. */
export function profileSummary({ nodes, layers: _, absent, ...profile }: StepProfile) {
  return {
    ...profile,
    kernels: nodes.length,
    absent: absent.length,
    operators: groupBy(nodes, ({ op }) => op).map(({ key, nodes: same, ms, floorMs }) => ({
      op: key,
      kernels: same.length,
      ms,
      floorMs,
    })),
    aboveFloor: aboveFloor(nodes, 5),
  };
}

function stepsLeft({ config, data, start }: TrainingRun): number {
  const whole = config.recipe.epochs * data.stepsPerEpoch;
  return Math.min(whole, config.limits.maxSteps ?? whole) - start.step;
}

/** The run's batches from where it stands, over and over, but for the partial ones: those have a graph of their own. */
async function* wholeBatches({ data, start, config }: TrainingRun): AsyncGenerator<Batch, void, void> {
  let from = start.stepInEpoch;
  for (let epoch = start.epoch; ; epoch++) {
    for await (const batch of data.trainBatches(epoch, from)) if (batch.count === config.recipe.batchSize) yield batch;
    from = 0;
  }
}
