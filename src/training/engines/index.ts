import { UsageError } from '../../errors.ts';
import { said, setting } from '../../message.ts';
import type { Device, DeviceRequest } from '../../runtime/device-names.ts';
import { type ChoiceOptions, chooseDevice, type DeviceChoice } from '../../runtime/devices.ts';
import type { ProgramSet } from '../../runtime/programs.ts';
import type { SessionOptions } from '../../runtime/session.ts';
import type { LocalEngine } from './engine.ts';
import type { EngineName } from './engine-names.ts';
import { NativeEngine } from './native.ts';
import { OrtTrainingEngine } from './ort-training.ts';

/** The programs that training takes, lowered to a target of the engine (`chooseTarget`). */
export type TrainingPrograms = Pick<ProgramSet, 'target' | 'trainStep' | 'evalStep'>;

export interface EngineOptions {
  readonly programs: TrainingPrograms;
  readonly batchSize: number;
  readonly seed: number;
  readonly session: SessionOptions;
  /** Of the native engine; see `NativeEngineOptions`. 1 by default. */
  readonly stepsPerCall?: number | undefined;
}

/**
 * The device on which an engine computes.
 *
 * @throws UsageError where the engine cannot use the device, AtelierError where the device does not work here
 */
export async function deviceFor(
  engine: EngineName,
  request: DeviceRequest,
  options: ChoiceOptions,
): Promise<DeviceChoice> {
  if (engine === 'native') return chooseDevice(request, options);
  if (request === 'auto' || request === 'cpu')
    return { device: 'cpu', reason: 'the ort-training engine is WebAssembly, which runs on the processor' };
  throw new UsageError(
    said`${setting('device', request)}: the ort-training engine is WebAssembly, which runs on the processor only. Leave ${setting('device')} out, or use ${setting('engine', 'native')}.`,
    { code: 'device-unavailable' },
  );
}

/**
 * Training steps to make in one call where nobody says. A call copies the whole state out (and, on a GPU, moves it there and
 * back); four steps to share that cost took 13 % less time on the processor for Model 1, whose state is 14 MB.
 */
export const usualStepsPerCall: Readonly<Record<Device, number>> = { cpu: 4, cuda: 8, webgpu: 4 };

/**
 * Compiles an engine's graphs. It computes in the calling thread, which hears of nothing else during a step; `in-thread.ts`
 * has engines that leave it free.
 *
 * @throws AtelierError where the runtime is missing or refuses the graphs
 */
export async function createEngine(name: EngineName, options: EngineOptions): Promise<LocalEngine> {
  const { programs, batchSize, seed, session, stepsPerCall } = options;
  const { trainStep, evalStep, target } = programs;
  const shared = { trainStep, batchSize, seed };
  switch (name) {
    case 'native':
      return NativeEngine.create({ ...shared, evalStep, target, session, stepsPerCall });
    case 'ort-training':
      return OrtTrainingEngine.create({ ...shared, evalStep: evalStep(), threads: session.threads });
  }
}
