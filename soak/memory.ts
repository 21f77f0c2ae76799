import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readHistory } from '../src/training/history.ts';
import type { Campaign, Trial } from './campaign.ts';
import { start } from './program.ts';

/** A training of many steps; one that evaluates, writes checkpoints and TensorBoard's files all along. */
interface Long {
  readonly args: readonly string[];
  readonly steps: number;
}

const batchSize = 4;
const [imagesPerEpoch, epochs] = [2_000, 24];
const longest = epochs * (imagesPerEpoch / batchSize);

const long: readonly Long[] = (['portable', 'cpu-nchwc'] as const).flatMap((target) =>
  (['m1', 'm2'] as const).map((model) => ({
    args: ['train', model, '--target', target, ...(model === 'm2' ? ['--augmentation'] : [])],
    steps: longest,
  })),
);

/** What a process held at one moment. */
export interface Sample {
  readonly megabytes: number;
  readonly descriptors: number;
  readonly threads: number;
}

/**
 * What grew. The first quarter of the samples is left out, in which caches and heaps find their size; the medians of the
 * second and of the last are compared, so that a moment in which a checkpoint is written or garbage waits decides nothing.
 */
export function growthOf(samples: readonly Sample[]): { readonly [of in keyof Sample]: number } {
  const quarter = Math.floor(samples.length / 4);
  const [second, last] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)];
  const grown = (of: keyof Sample) => median(last.map((one) => one[of])) - median(second.map((one) => one[of]));
  return { megabytes: grown('megabytes'), descriptors: grown('descriptors'), threads: grown('threads') };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Growth from the second to the last quarter that heaps have by themselves; a leak of 4 kB a step is more. */
const mostGrowth = 32;

/** Trainings of 12,000 steps with their memory, file descriptors and threads. */
export const memory: Campaign = {
  name: 'memory',
  promise: 'memory, file descriptors and threads of a training of 12,000 steps do not grow after its first quarter',
  unit: 'steps',
  goal: 4 * longest,
  start: async (place) => ({
    tryCase: async (number) => {
      const training = long[number % long.length];
      if (training === undefined) throw new Error('there is no training');
      const folder = join(place.folder, 'run');
      try {
        return await watch(training, place.folder);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    close: async () => undefined,
  }),
};

async function watch({ args, steps }: Long, folder: string): Promise<Trial> {
  const sizes = ['--batch-size', batchSize, '--limit-train', imagesPerEpoch, '--limit-val', 200, '--epochs', epochs];
  const rest = [
    '--checkpoint-every',
    '250',
    '--tensorboard',
    '--device',
    'cpu',
    '--threads',
    '1',
    '--run',
    'run',
    '--quiet',
  ];
  const training = start([...args, ...sizes.map(String), ...rest], folder, [], {}, 3 * hour);
  const samples: Sample[] = [];
  while (!training.isOver()) {
    const sample = sampleOf(training.pid);
    if (sample !== undefined) samples.push(sample);
    await sleep(250);
  }
  const { code, signal, stderr } = await training.ended;
  const what = args.join(' ');
  if (code !== 0) return { count: 0, failures: [`${what}: ended with ${signal ?? code}: ${stderr}`] };
  const failures: string[] = [];
  const done = (await readHistory(join(folder, 'run', 'history.jsonl'))).length;
  if (done !== epochs) failures.push(`${what}: expected ${epochs} epochs, found ${done}`);
  const grown = growthOf(samples);
  const bounds: Readonly<Record<keyof Sample, number>> = { megabytes: mostGrowth, descriptors: 0, threads: 0 };
  for (const of of ['megabytes', 'descriptors', 'threads'] as const)
    if (!(grown[of] <= bounds[of]))
      failures.push(
        `${what}: ${of} grew by ${grown[of].toFixed(1)} from the second quarter of its samples to the last`,
      );
  const most = (of: keyof Sample) => Math.max(...samples.map((sample) => sample[of]));
  return {
    count: steps,
    tallies: { trainings: 1, samples: samples.length },
    maxima: {
      [`${what}: growth after the first quarter, MB`]: grown.megabytes,
      [`${what}: most memory, MB`]: most('megabytes'),
      [`${what}: most descriptors`]: most('descriptors'),
    },
    failures,
  };
}

const hour = 3_600_000;

/** What the system says of a process; undefined where it is gone. */
export function sampleOf(pid: number | undefined): Sample | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
    const [kilobytes, threads] = [field('VmRSS'), field('Threads')];
    // A process that has ended and was not waited for has no memory any more.
    if (!(kilobytes > 0)) return undefined;
    return { megabytes: kilobytes / 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length, threads };
  } catch {
    return undefined;
  }
}
