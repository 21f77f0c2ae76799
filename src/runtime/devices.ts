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
    'It needs an NVIDIA GPU with its driver, CUDA 12, cuDNN 9, and the provider library that onnxruntime-node downloads ' +
    '(ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js). ' +
    'Or leave --device out.',
  webgpu:
    'It needs a GPU and its Vulkan (Linux), Metal or Direct3D 12 driver; on Debian: libvulkan1 and the driver, for a try ' +
    'without a GPU the software driver of package chromium. Or leave --device out.',
};

/**
 * The device that a request comes down to. A named one is tried with a small graph first. `auto` is the processor: the
 * others have only been run without a GPU at hand, and nothing is known of their speed.
 *
 * @throws AtelierError where a named device does not work here, with what it needs
 */
export async function chooseDevice(request: DeviceRequest, threads: number): Promise<DeviceChoice> {
  if (request === 'auto')
    return { device: 'cpu', reason: 'the only one measured so far; --device cuda or webgpu asks for another' };
  const problem = absence(request) ?? (await trial(request, threads));
  if (problem === null) return { device: request, reason: 'as requested' };
  throw new AtelierError(`device '${request}' does not work here: ${problem}. ${requirements[request]}`);
}

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

/** Why a small graph cannot be computed on a device; null where it can. */
async function trial(device: Device, threads: number): Promise<string | null> {
  const b = new GraphBuilder('trial');
  const [left, right] = ['left', 'right'].map((name) => b.input(name, 'float32', [8, 8]));
  b.output('product', b.op('MatMul', [left, right], {}));
  try {
    const session = await Session.create(b.finish(), { device, threads, quiet: true });
    const matrix = toOrt(zeros('float32', [8, 8]));
    await session.run({ left: matrix, right: matrix });
    await session.release();
    return null;
  } catch (error) {
    return firstSentence(messageOf(error));
  }
}

/** The runtime's messages run on for lines; what matters is at the end of the first. */
function firstSentence(text: string): string {
  const line = text.split('\n')[0] ?? text;
  return line
    .replace(/^.*? was false\. /, '')
    .replace(/^[^:]*graph 'trial'[^:]*: /, '')
    .slice(0, 200);
}
