import { AtelierError, messageOf } from '../errors.ts';
import { type Message, preparation, said, setting } from '../message.ts';
import { type Device, type DeviceRequest, devices } from './device-names.ts';
import { type DeviceProbe, firstSentence, machineProbe } from './device-probe.ts';

export interface DeviceChoice {
  readonly device: Device;
  /** Why this one, and why none of the others, for the log. */
  readonly reason: string;
}

export interface ChoiceOptions {
  readonly threads: number;
  /** The device that a run began on: `auto` keeps it where it works, as another would not give the same bits. */
  readonly begunOn?: Device | undefined;
  /** How to find out about devices; by looking at this machine if absent. */
  readonly probe?: DeviceProbe;
}

/** What a device needs that npm does not bring. */
const requirements: Readonly<Record<Device, Message>> = {
  cpu: said`Reinstall the packages: ${preparation('packages')}.`,
  cuda: said`It needs an NVIDIA GPU with its driver, CUDA 12, cuDNN 9, and the provider library, which \`${preparation('cuda')}\` downloads (Linux on x64). Or leave ${setting('device')} out.`,
  webgpu: said`It needs a GPU and its Vulkan (Linux), Metal or Direct3D 12 driver; on Debian: libvulkan1 and the driver, for a try without a GPU the software driver of package chromium. Or leave ${setting('device')} out.`,
};

/**
 * The device that a request comes down to. A named one is tried with a small graph first. `auto` is the fastest of those
 * that work, by a convolution; where only the processor does, nothing is measured.
 *
 * @throws AtelierError where a named device does not work here, with what it needs
 */
export async function chooseDevice(
  request: DeviceRequest,
  { threads, begunOn, probe = machineProbe }: ChoiceOptions,
): Promise<DeviceChoice> {
  const problemOf = async (device: Device) => probe.absence(device) ?? (await probe.trial(device, threads));
  if (request !== 'auto') {
    const problem = await problemOf(request);
    if (problem === null) return { device: request, reason: 'as requested' };
    throw new AtelierError(said`device '${request}' does not work here: ${problem}. ${requirements[request]}`, {
      code: 'device-unavailable',
    });
  }
  // The processor is not tried: it is what the runtime itself runs on.
  if (begunOn === 'cpu' || (begunOn !== undefined && (await problemOf(begunOn)) === null))
    return { device: begunOn, reason: 'as the run began' };
  const problems = new Map<Device, string>();
  for (const device of devices) {
    const problem = device === 'cpu' ? null : await problemOf(device);
    if (problem !== null) problems.set(device, problem);
  }
  const working = devices.filter((device) => !problems.has(device));
  const times = new Map<Device, number>();
  if (working.length > 1) {
    for (const device of working) {
      try {
        times.set(device, await probe.convolutionTime(device, threads));
      } catch (error) {
        // A device may be too small for what it began to do.
        problems.set(device, firstSentence(messageOf(error)));
      }
    }
  }
  return fastest(times, problems);
}

/** The device of the least time, and what the log says of each; the processor where nothing was measured. */
function fastest(times: ReadonlyMap<Device, number>, problems: ReadonlyMap<Device, string>): DeviceChoice {
  const [first, ...slower] = [...times].toSorted(([, a], [, b]) => a - b);
  const device = first?.[0] ?? 'cpu';
  const told = [
    ...(first ? [`${milliseconds(first[1])} for a convolution`] : []),
    ...slower.map(([name, time]) => `${name} ${milliseconds(time)}`),
    ...[...problems].map(([name, problem]) => `${name}: ${problem}`),
  ];
  return { device, reason: told.join('; ') };
}

/** Two digits are as many as a few runs can tell. */
function milliseconds(time: number): string {
  return `${Number(time.toPrecision(2))} ms`;
}
