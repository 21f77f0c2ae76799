/** The commands that campaigns kill and let fail, each with what it needs, as cheap as they can be. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Mt19937 } from '../src/random/mt19937.ts';
import { encodePng } from '../src/rendering/png.ts';
import { atelier } from './program.ts';

const machine = ['--device', 'cpu', '--threads', '1'] as const;
const small = [...machine, '--limit-train', '50', '--batch-size', '20'] as const;
const little = [...small, '--limit-val', '20'] as const;
const one = ['--threads', '1', '--quiet'] as const;

/** A training and what resumes it, in a folder of runs. */
export interface Training {
  readonly name: string;
  readonly begin: readonly string[];
  readonly resume: readonly string[];
}

/** The run's folder in the folder of a case. */
export const trainedRun = 'run';

/** Recipes with what a model's own has: augmentation, dropout, a plateau schedule whose state matters within three epochs. */
const recipes = {
  m1: [],
  m2: ['--patience', '0', '--factor', '0.5', '--threshold', '0.9'],
} as const;

/** Both models by each target, TensorBoard's files with half of them, and pictures. Profiling takes long: see `profiled`. */
export const trainings: readonly Training[] = [
  ...(['portable', 'cpu-nchwc'] as const).flatMap((target) =>
    (['m1', 'm2'] as const).flatMap((model) => {
      const options =
        target === 'portable' ? ['--checkpoint-every', '1', '--tensorboard'] : ['--checkpoint-every', '2'];
      return training(model, [...recipes[model], '--epochs', '3', '--target', target, ...options]);
    }),
  ),
  training('m1', ['--data', 'pictures', '--epochs', '3', '--target', 'portable', '--checkpoint-every', '1'], small),
];

export const profiled: Training = training('m2', [...recipes.m2, '--epochs', '1', '--profile']);

function training(model: string, options: readonly string[], sizes: readonly string[] = little): Training {
  return {
    name: `train ${model} ${options.join(' ')}`,
    begin: ['train', model, ...sizes, ...options, '--run', trainedRun, '--quiet'],
    resume: ['train', model, '--resume', '--run', trainedRun, '--quiet'],
  };
}

/** A command on trained runs. All that it writes is a function of what it reads. */
export interface Command {
  readonly name: string;
  readonly args: readonly string[];
  /** Whether it is given runs. */
  readonly needsRuns: boolean;
}

function command(...args: readonly string[]): Command {
  return { name: args.join(' '), args: [...args, '--quiet'], needsRuns: args.includes('left') };
}

/** All that write something beside trainings. `left` and `right` are runs of `trainRuns`. */
export const writingCommands: readonly Command[] = [
  command('evaluate', 'left', '--split', 'validation', '--threads', '1'),
  command('compare', 'left', 'right', '--split', 'validation', '--threads', '1'),
  command('activations', 'left', '--images', '0', '--layers', 'stages.0.0', '--raw', '--threads', '1'),
  ...['onnx', 'onnx-fp16', 'onnx-int8', 'ort', 'safetensors', 'tfjs', 'web'].map((format) =>
    command('export', 'left', '--format', format, '--threads', '1'),
  ),
  command('data', 'pictures'),
  command('init', 'mine'),
  command('graphs', 'm2', '--text'),
  command('graphs', 'm1', '--target', 'ort-training'),
  command('report', 'left', '--images', '0', '--threads', '1'),
  command('runs', 'left', '--remove', '--yes'),
];

/** Those that only read. */
export const readingCommands: readonly Command[] = [
  command('predict', 'left', '0', '--threads', '1'),
  command('runs', 'left', 'right'),
  command('summary', 'm1'),
  command('data', '--offline'),
];

const pictureSide = 28;
const picturesOfClass = 40;

/** Writes the folder `pictures` into another: two classes of noise, one of them darker. */
export async function drawPictures(folder: string): Promise<void> {
  const chance = new Mt19937(1);
  for (const [name, range] of [
    ['dark', 100],
    ['light', 256],
  ] as const) {
    const place = join(folder, 'pictures', name);
    mkdirSync(place, { recursive: true });
    for (let i = 0; i < picturesOfClass; i++) {
      const pixels = Uint8Array.from({ length: pictureSide ** 2 }, () => chance.nextUint32() % range);
      writeFileSync(
        join(place, `${i}.png`),
        await encodePng({ width: pictureSide, height: pictureSide, kind: 'grey', pixels }, { level: 1 }),
      );
    }
  }
}

/** Trains the runs `left` and `right` in a folder and evaluates the first one. */
export async function trainRuns(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const commands = [
    ['train', 'm2', ...little, '--epochs', '1', '--target', 'portable', '--run', 'left', '--quiet'],
    ['train', 'm2', ...little, '--epochs', '1', '--target', 'cpu-nchwc', '--seed', '7', '--run', 'right', '--quiet'],
    // A report needs it, and all test images take a while.
    ['evaluate', 'left', ...one],
  ];
  for (const args of commands) {
    const { code, stderr } = await atelier(args, folder);
    if (code !== 0) throw new Error(`atelier ${args.join(' ')} failed with ${code}: ${stderr}`);
  }
}
