import type { Argv } from 'yargs';
import { command, type GlobalArguments } from '../command.ts';
import { checkpoint, dir, split, threads } from '../shared-options.ts';

export interface PredictOptions {
  readonly run: string | undefined;
  readonly images: string[] | undefined;
  readonly top: number | undefined;
  readonly invert: boolean;
  readonly split: 'test' | 'validation' | 'train' | undefined;
  readonly checkpoint: 'best' | 'last' | undefined;
  readonly dir: string | undefined;
  readonly threads: number | undefined;
}

export const predict = command({
  usage: 'predict <run> <images..>',
  description: 'Classes and probabilities of picture files (PNG, JPEG) or images of the data set',
  options: (yargs: Argv<GlobalArguments>) =>
    yargs
      .positional('run', { type: 'string', describe: 'Run folder' })
      .positional('images', {
        type: 'string',
        array: true,
        describe: 'Files, or places in --split, from 0; a file that has a number for a name: ./17',
      })
      .option('top', {
        type: 'number',
        requiresArg: true,
        defaultDescription: '3',
        describe: 'How many classes of each, most probable first',
      })
      .option('invert', {
        type: 'boolean',
        default: false,
        describe: 'Negate files: for dark things on white. The models know light things on black',
      })
      .option('split', { ...split, describe: 'Where the numbers count' })
      .option('checkpoint', checkpoint)
      .option('dir', dir)
      .option('threads', threads)
      .example('$0 predict artifacts/runs/m1-20260101-120000 17 42', 'two test images')
      .example(
        '$0 predict artifacts/runs/m1-20260101-120000 shoe.jpg --invert --top 5',
        'a photo on a white background',
      ),
  lists: ['images'],
  load: async () => (await import('./predict-run.ts')).run,
});
