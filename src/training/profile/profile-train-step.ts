import { summarize } from '../../../graphs/models/summary.ts';
import type { Batch, Batches } from '../../data/batches.ts';
import { InterruptedError, UsageError } from '../../errors.ts';
import { said, setting } from '../../message.ts';
import { betterRates, type MachineRates, measureRates } from '../../runtime/machine-rates.ts';
import type { ProgramSet } from '../../runtime/programs.ts';
import { parseTrace } from '../../runtime/trace.ts';
import { traced } from '../../runtime/tracing.ts';
import type { Engine } from '../engines/engine.ts';
import type { EngineName } from '../engines/engine-names.ts';
import { createEngine } from '../engines/index.ts';
import type { TensorMap } from '../initialize.ts';
import { DropoutMasks } from '../masks.ts';
import { type MeasuredStep, profileOf, type StepProfile } from './step-profile.ts';

export interface ProfileStepOptions {
  /** Lowered to the target that trains. */
  readonly programs: ProgramSet;
  readonly batchSize: number;
  readonly seed: number;
  readonly threads: number;
  /** Where the steps begin; copied. */
  readonly state: TensorMap;
  /** Batches of `batchSize` images, `warmup + steps` of them; where they end sooner, fewer steps are profiled. */
  readonly batches: Batches;
  /** Steps made before these: names the dropout masks. */
  readonly stepsBefore?: number;
  readonly learningRate: number;
  /** Steps to profile. */
  readonly steps: number;
  /** Steps before them that do not count. */
  readonly warmup: number;
  /** What the machine can do at so many threads, where it is known; measured before and after the steps otherwise. */
  readonly rates?: MachineRates;
  readonly signal?: AbortSignal;
}

/**
 * Throws UsageError where a run cannot be profiled: the trace and the rates that it is held against are those of
 * onnxruntime-node's CPU provider.
 */
export function checkProfilable(engine: EngineName, device: string): void {
  if (engine !== 'native')
    throw new UsageError(
      said`${setting('profile')}: expected engine native, got ${engine}, which keeps no trace of its kernels. Leave ${setting('engine')} or ${setting('profile')} out.`,
      { code: 'settings-exclude-each-other' },
    );
  if (device !== 'cpu' && device !== 'auto')
    throw new UsageError(
      said`${setting('profile')}: expected device cpu, got ${device}: the floor is measured on the processor. Use ${setting('device', 'cpu')}, or leave ${setting('profile')} out.`,
      { code: 'settings-exclude-each-other' },
    );
}

/**
 * Makes training steps on a copy of a state on the processor, twice each: through a session as training has it, and
 * through one that keeps a trace, one session after the other. Nothing outside is changed; this needs twice a training's memory.
 *
 * @returns the profile, and the runtime's trace as it wrote it (all steps, warm-up included; Chrome's tracing format)
 * @throws InterruptedError where the signal is raised
 */
export async function profileTrainStep(
  options: ProfileStepOptions,
): Promise<{ readonly profile: StepProfile; readonly trace: string }> {
  const { programs, batchSize, seed, threads, warmup, state } = options;
  const ratesBefore = options.rates ?? (await measureRates(threads));
  const program = programs.trainStep(batchSize);
  const batches = await taken(options);
  // One session after the other: the threads of a session go on spinning for a while after its step, which would cost the
  // first kernels of another's step a processor.
  const stepsOf = async (tracePrefix?: string): Promise<readonly TimedStep[]> => {
    const session = { device: 'cpu', threads, ...(tracePrefix === undefined ? {} : { tracePrefix }) } as const;
    const engine = await createEngine('native', { programs, batchSize, seed, session });
    try {
      await engine.load(state);
      return await timedSteps(options, batches, engine, new DropoutMasks(program.masks, seed));
    } finally {
      await engine.release();
    }
  };
  const plain = await stepsOf();
  const { result, trace } = await traced(stepsOf);
  const runs = parseTrace(trace);
  const steps = result.flatMap(({ wallMs, masksMs }, i): MeasuredStep[] => {
    const run = runs[i];
    return run && i >= warmup ? [{ wallMs, masksMs, run }] : [];
  });
  // Other work on the machine hides what it can do: the better of two looks, before and after the steps.
  const rates = options.rates ?? betterRates(ratesBefore, await measureRates(threads));
  const profile = profileOf({
    model: programs.model.name,
    target: programs.target,
    batchSize,
    program,
    layers: summarize(programs.model).layers.map(({ name, description }) => ({ name, description })),
    rates,
    steps,
    plainMs: plain.slice(warmup).map(({ wallMs }) => wallMs),
  });
  return { profile, trace };
}

interface TimedStep {
  readonly wallMs: number;
  readonly masksMs: number;
}

/** The batches to profile. They are used more than once, by engines of this thread, which leave them whole. */
async function taken({ batches, warmup, steps }: ProfileStepOptions): Promise<readonly Batch[]> {
  const found: Batch[] = [];
  for await (const batch of batches) {
    found.push(batch);
    if (found.length === warmup + steps) break;
  }
  return found;
}

async function timedSteps(
  { learningRate, stepsBefore = 0, signal }: ProfileStepOptions,
  batches: readonly Batch[],
  engine: Engine,
  masks: DropoutMasks,
): Promise<readonly TimedStep[]> {
  const times: TimedStep[] = [];
  for (const batch of batches) {
    const input = { batch, learningRate, step: stepsBefore + times.length + 1 };
    times.push({
      wallMs: await timed(() => engine.trainStep(input)),
      masksMs: await timed(async () => masks.draw(input.step)),
    });
    await new Promise(setImmediate);
    if (signal?.aborted) throw new InterruptedError('interrupted while the training step was profiled');
  }
  return times;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
