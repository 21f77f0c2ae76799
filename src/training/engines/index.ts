import type { TargetName } from '../../../graphs/targets/compile.ts';
import { UsageError } from '../../errors.ts';
import type { DeviceRequest } from '../../runtime/device-names.ts';
import { chooseDevice, type DeviceChoice } from '../../runtime/devices.ts';
import type { ProgramSet } from '../../runtime/programs.ts';
import type { SessionOptions } from '../../runtime/session.ts';
import type { Engine } from './engine.ts';
import type { EngineName } from './engine-names.ts';
import { NativeEngine } from './native.ts';
import { OrtTrainingEngine } from './ort-training.ts';

export interface EngineOptions {
  /** Lowered to the engine's target (`targetOf`). */
  readonly programs: ProgramSet;
  readonly batchSize: number;
  readonly seed: number;
  readonly session: SessionOptions;
}

/** What each engine's graphs are lowered to. */
export const targetOf: Readonly<Record<EngineName, TargetName>> = {
  native: 'portable',
  'ort-training': 'ort-training',
};

/**
 * The device on which an engine computes.
 *
 * @throws UsageError where the engine cannot use the device, AtelierError where the device does not work here
 */
export async function deviceFor(engine: EngineName, request: DeviceRequest, threads: number): Promise<DeviceChoice> {
  if (engine === 'native') return chooseDevice(request, threads);
  if (request === 'auto' || request === 'cpu')
    return { device: 'cpu', reason: 'the ort-training engine is WebAssembly, which runs on the processor' };
  throw new UsageError(
    `--device ${request}: the ort-training engine is WebAssembly, which runs on the processor only. Leave --device out, or use --engine native.`,
  );
}

/** Compiles an engine's graphs. Throws AtelierError where the runtime is missing or refuses them. */
export async function createEngine(name: EngineName, options: EngineOptions): Promise<Engine> {
  const { programs, batchSize, seed, session } = options;
  const shared = { trainStep: programs.trainStep, evalStep: programs.evalStep(), batchSize, seed };
  switch (name) {
    case 'native':
      return NativeEngine.create({ ...shared, target: programs.target, session });
    case 'ort-training':
      return OrtTrainingEngine.create({ ...shared, threads: session.threads });
  }
}
