import type { Argv } from 'yargs';
import { command, type GlobalArguments } from '../command.ts';
import { checkpoint, dir, split, threads } from '../shared-options.ts';

export interface ActivationsOptions {
  readonly run: string | undefined;
  readonly images: string | undefined;
  readonly layers: string | undefined;
  readonly channels: string | undefined;
  readonly sheets: 'image' | 'channel' | undefined;
  readonly scale: 'map' | 'layer' | undefined;
  readonly raw: boolean;
  readonly out: string | undefined;
  readonly split: 'test' | 'validation' | 'train' | undefined;
  readonly checkpoint: 'best' | 'last' | undefined;
  readonly dir: string | undefined;
  readonly threads: number | undefined;
}

export const activations = command({
  usage: 'activations <run>',
  description: 'Draws what the layers of a trained model make of images',
  options: (yargs: Argv<GlobalArguments>) => {
    const text = { type: 'string', requiresArg: true } as const;
    return yargs
      .positional('run', { type: 'string', describe: 'Run folder' })
      .option('images', { ...text, defaultDescription: '0-15', describe: 'Places in --split, from 0: 0-63,100,7' })
      .option('layers', { ...text, describe: "Names, with commas between; the report's figures by default" })
      .option('channels', { ...text, describe: 'Which channels of each layer: 0-7,12; all by default' })
      .option('sheets', {
        choices: ['image', 'channel'] as const,
        defaultDescription: 'image',
        requiresArg: true,
        describe: 'A sheet of all channels for each image, or of all images for each channel',
      })
      .option('scale', {
        choices: ['map', 'layer'] as const,
        defaultDescription: 'map',
        requiresArg: true,
        describe: 'What the colours span: the values of each map, or of all maps of a sheet',
      })
      .option('raw', { type: 'boolean', default: false, describe: 'Also write the numbers, as .npy' })
      .option('out', { ...text, describe: 'Where to; RUN/figures/activations by default' })
      .option('split', split)
      .option('checkpoint', checkpoint)
      .option('dir', dir)
      .option('threads', threads)
      .example('$0 activations artifacts/runs/m1-20260101-120000 --images 0-63', 'both convolutions, 64 test images')
      .example(
        '$0 activations artifacts/runs/m2-20260101-120000 --layers stage1 --sheets channel',
        'channel by channel',
      )
      .example('$0 activations artifacts/runs/m1-20260101-120000 --layers fc1 --raw', 'numbers for NumPy too');
  },
  load: async () => (await import('./activations-run.ts')).run,
});
