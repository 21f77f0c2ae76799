import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { GraphBuilder } from '../../graphs/ir/builder.ts';
import { zeros } from '../../graphs/ir/types.ts';
import { AtelierError, messageOf } from '../errors.ts';
import type { Device, DeviceRequest } from './device-names.ts';
import { Session } from './session.ts';
import { toOrt } from './tensors.ts';

export interface DeviceChoice {
  readonly device: Device;
  /** Why this one, for the log. */
  readonly reason: string;
}

/** What a device needs that npm does not bring. */
const requirements: Readonly<Record<Device, string>> = {
  cpu: 'Reinstall the packages: npm ci.',
  cuda:
    'It needs an NVIDIA GPU with its driver, CUDA 12, cuDNN 9, and the provider library that make setup CUDA=1 downloads. ' +
    'Or leave --device out.',
  webgpu:
    'It needs a GPU and its Vulkan (Linux), Metal or Direct3D 12 driver; on Debian: libvulkan1 and the driver, for a try ' +
    'without a GPU the software driver of package chromium. Or leave --device out.',
};

/**
 * The device that a request comes down to. A named one is tried with a small graph; `auto` takes CUDA where it works, and
 * otherwise whichever of WebGPU and the processor multiplies matrices faster, so that a software driver does not win.
 *
 * @throws AtelierError where a named device does not work here, with what it needs
 */
export async function chooseDevice(request: DeviceRequest, threads: number): Promise<DeviceChoice> {
  if (request === 'cpu') return { device: 'cpu', reason: 'as requested' };
  if (request !== 'auto') {
    const found = await probe(request, threads);
    if (typeof found === 'number') return { device: request, reason: 'as requested' };
    throw new AtelierError(`device '${request}' does not work here: ${found}. ${requirements[request]}`);
  }
  const cuda = await probe('cuda', threads);
  if (typeof cuda === 'number') return { device: 'cuda', reason: 'CUDA works here' };
  const gpu = await probe('webgpu', threads);
  if (typeof gpu !== 'number') return { device: 'cpu', reason: `no GPU: ${cuda}, ${gpu}` };
  const cpu = await probe('cpu', threads);
  const times = `a matrix product takes WebGPU ${gpu.toFixed(1)} ms`;
  if (typeof cpu !== 'number' || gpu < cpu)
    return { device: 'webgpu', reason: `${times}, the processor ${typeof cpu === 'number' ? cpu.toFixed(1) : '?'} ms` };
  return { device: 'cpu', reason: `${times}, the processor ${cpu.toFixed(1)} ms` };
}

const side = 512;
/** A device that takes longer for the product, in milliseconds, is none that anybody wants; it is not asked again. */
const hopeless = 500;

/**
 * Why there is no point in trying a device, from the files that it needs; null where there is. The native libraries would
 * say so too, but on standard error and at length.
 */
function absence(device: Device): string | null {
  if (process.platform !== 'linux') return null;
  if (device === 'cuda') {
    const library = 'libonnxruntime_providers_cuda.so';
    const root = join(
      dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')),
      'bin',
      'napi-v6',
    );
    return existsSync(join(root, 'linux', process.arch, library)) ? null : `${library} is not installed`;
  }
  if (device !== 'webgpu') return null;
  const named = [process.env['VK_DRIVER_FILES'], process.env['VK_ICD_FILENAMES']];
  const files = named.flatMap((list) => list?.split(':') ?? []);
  const folders = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];
  const found =
    files.some((file) => existsSync(file)) ||
    folders.some((folder) => existsSync(folder) && readdirSync(folder).length > 0);
  return found ? null : 'no Vulkan driver is installed';
}

/** Milliseconds of a product of two 512x512 matrices on a device, or why it cannot be computed there. */
async function probe(device: Device, threads: number): Promise<number | string> {
  const missing = absence(device);
  if (missing !== null) return missing;
  const b = new GraphBuilder('probe');
  const [left, right] = ['left', 'right'].map((name) => b.input(name, 'float32', [side, side]));
  // Only one number comes back, so that the way to the host does not count.
  b.output('sum', b.sum(b.op('MatMul', [left, right], {})));
  try {
    const session = await Session.create(b.finish(), { device, threads, quiet: true });
    const matrix = toOrt(zeros('float32', [side, side]));
    const times: number[] = [];
    while (times.length < 4 && !times.some((time) => time > hopeless)) {
      const started = performance.now();
      await session.run({ left: matrix, right: matrix });
      times.push(performance.now() - started);
    }
    await session.release();
    return Math.min(...times);
  } catch (error) {
    return firstSentence(messageOf(error));
  }
}

/** The runtime's messages run on for lines; what matters is at the end of the first. */
function firstSentence(text: string): string {
  const line = text.split('\n')[0] ?? text;
  return line
    .replace(/^.*? was false\. /, '')
    .replace(/^graph 'probe'[^:]*: /, '')
    .slice(0, 200);
}
