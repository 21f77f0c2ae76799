import { UsageError } from '../../errors.ts';
import { said, setting } from '../../message.ts';
import type { Device, DeviceRequest } from '../../runtime/device-names.ts';
import { type ChoiceOptions, chooseDevice, type DeviceChoice } from '../../runtime/devices.ts';
import type { EngineName } from './engine-names.ts';

export { createEngine, type EngineOptions, type TrainingPrograms } from './create-engine.ts';

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
