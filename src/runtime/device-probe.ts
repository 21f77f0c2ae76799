import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { GraphBuilder } from '../../graphs/ir/builder.ts';
import { zeros } from '../../graphs/ir/types.ts';
import { AtelierError, messageOf } from '../errors.ts';
import type { Device } from './device-names.ts';
import { Session } from './session.ts';
import { toOrt } from './tensors.ts';

/** What can be found out about a device of this machine. */
export interface DeviceProbe {
  /** Why there is no point in trying a device, from the files that it needs; null where there is. */
  absence(device: Device): string | null;
  /** Why a small graph cannot be computed on a device; null where it can. */
  trial(device: Device, threads: number): Promise<string | null>;
  /**
   * Milliseconds of a convolution of training size, its images' and result's way to the device and back included. Throws
   * AtelierError where the device cannot.
   */
  convolutionTime(device: Device, threads: number): Promise<number>;
}

/** Looks at the machine itself. */
export const machineProbe: DeviceProbe = { absence, trial, convolutionTime };

/** From here on no further run is begun: a driver in software takes seconds for each. */
const patienceMs = 2000;

/** The native libraries would tell it, too, but on standard error and at length. */
function absence(device: Device): string | null {
  if (process.platform !== 'linux') return null;
  if (device === 'cuda') {
    const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
    const folder = join(runtime, 'bin', 'napi-v6', 'linux', process.arch);
    const libraries = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'];
    const missing = libraries.find((library) => !existsSync(join(folder, library)));
    return missing === undefined ? null : `${missing} is not installed`;
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

/** A convolution, because that also loads the libraries which a device keeps for it: what is measured later is warm. */
async function trial(device: Device, threads: number): Promise<string | null> {
  try {
    await withConvolution(device, threads, { batch: 1, from: 1, to: 1, size: 8 }, (run) => run());
    return null;
  } catch (error) {
    // Which is no fault of the device.
    if (error instanceof AtelierError && error.code === 'too-few-threads') throw error;
    return firstSentence(messageOf(error));
  }
}

/** The second convolution of Model 1 with 32 images: the best of up to four runs, the first of which warms up. */
async function convolutionTime(device: Device, threads: number): Promise<number> {
  return withConvolution(device, threads, { batch: 32, from: 32, to: 64, size: 26 }, async (run) => {
    const times: number[] = [];
    const begin = performance.now();
    do {
      const start = performance.now();
      await run();
      times.push(performance.now() - start);
    } while (times.length < 4 && performance.now() - begin < patienceMs);
    return Math.min(...times);
  });
}

interface ConvolutionSizes {
  readonly batch: number;
  /** Channels. */
  readonly from: number;
  readonly to: number;
  /** Height and width. */
  readonly size: number;
}

async function withConvolution<T>(
  device: Device,
  threads: number,
  { batch, from, to, size }: ConvolutionSizes,
  use: (run: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const b = new GraphBuilder('trial');
  const shape = [batch, from, size, size];
  const images = b.input('images', 'float32', shape);
  // Constant weights let the runtime lay them out as suits the device, which is what training does on the processor.
  const weight = b.constant(zeros('float32', [to, from, 3, 3]), 'weight');
  b.output('result', b.op('Conv', [images, weight], { kernel_shape: [3, 3] }));
  const session = await Session.create(b.finish(), { device, threads });
  try {
    const feeds = { images: toOrt(zeros('float32', shape)) };
    return await use(async () => {
      await session.run(feeds);
    });
  } finally {
    await session.release();
  }
}

/** What matters in the runtime's messages, which run on for lines, is at the end of the first. */
export function firstSentence(text: string): string {
  const line = text.split('\n')[0] ?? text;
  return line
    .replace(/^.*? was false\. /, '')
    .replace(/^[^:]*graph 'trial'[^:]*: /, '')
    .slice(0, 200);
}
