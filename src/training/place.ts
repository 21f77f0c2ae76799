/** On what a run computes, and in which form: what was asked for, and what a resumed run began with. */
import type { Logger } from 'pino';
import type { TargetName } from '../../graphs/targets/compile.ts';
import { UsageError } from '../errors.ts';
import { said, setting } from '../message.ts';
import { type Device, type DeviceRequest, isDevice } from '../runtime/device-names.ts';
import { type EngineName, isEngineName } from './engines/engine-names.ts';
import { deviceFor } from './engines/index.ts';
import { chooseTarget } from './engines/target.ts';
import type { TargetRequest } from './engines/target-names.ts';
import { defaultThreads } from './environment.ts';
import type { RecordedRun, TrainRequest } from './open-run.ts';
import { checkProfilable } from './profile/profile-train-step.ts';

/** What computes a run, and where. */
export interface Place {
  readonly engine: EngineName;
  readonly requested: DeviceRequest;
  readonly device: Device;
  /** Why this device. */
  readonly reason: string;
  readonly threads: number;
}

/**
 * Engine and device of a run: as requested, else as it began, else the native engine and the fastest device.
 *
 * @throws UsageError for options that exclude each other, AtelierError where the device does not work here
 */
export async function placeOf(
  request: TrainRequest,
  recorded: RecordedRun | undefined,
  logger: Logger,
): Promise<Place> {
  const requested = request.device ?? 'auto';
  const threads = request.threads ?? recorded?.config.threads ?? defaultThreads(logger);
  const engine = request.engine ?? (isEngineName(recorded?.config.engine) ? recorded.config.engine : 'native');
  if (request.profile) checkProfilable(engine, requested);
  if (engine !== 'native' && request.stepsPerCall !== undefined)
    throw new UsageError(
      said`${setting('stepsPerCall')}: the ${engine} engine makes one step at a time. Leave the option out, or use ${setting('engine', 'native')}.`,
      { code: 'settings-exclude-each-other' },
    );
  const { device, reason } = await deviceFor(engine, requested, { threads, begunOn: recordedDevice(recorded) });
  if (request.profile) checkProfilable(engine, device);
  logger.info({ device, reason }, `device: ${device} (${reason})`);
  return { engine, requested, device, reason, threads };
}

/** The target of a run's graphs: as requested, else in the form that the run began in; see `chooseTarget`. */
export async function targetOf(
  { engine, device }: Place,
  request: TrainRequest,
  recorded: RecordedRun | undefined,
  logger: Logger,
): Promise<TargetName> {
  const requested = request.target ?? recordedTarget(recorded, engine);
  const { target, reason } = await chooseTarget(engine, device, requested);
  logger.info({ target, reason }, `target: ${target} (${reason})`);
  return target;
}

/** Where a run was, as far as this version knows the device. */
function recordedDevice(recorded: RecordedRun | undefined): Device | undefined {
  const used = recorded?.config.device.used;
  return isDevice(used) ? used : undefined;
}

/** A run goes on in the form that it began in, where the engine has a choice; a blocked one in the blocks of this processor. */
function recordedTarget(recorded: RecordedRun | undefined, engine: EngineName): TargetRequest {
  return engine === 'native' && recorded?.config.target === 'portable' ? 'portable' : 'auto';
}
