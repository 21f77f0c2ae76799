import { command, type Values } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { checkpoint, dir, split, threads } from '../shared-options.ts';

const args = { run: { description: 'Run folder' } } as const satisfies Arguments;

const options = {
  images: { type: 'text', defaultText: '0-15', description: 'Places in --split, from 0: 0-63,100,7' },
  layers: { type: 'text', description: "Names, with commas between; the report's figures by default" },
  channels: { type: 'text', description: 'Which channels of each layer: 0-7,12; all by default' },
  sheets: {
    type: 'choice',
    choices: ['image', 'channel'],
    defaultText: 'image',
    description: 'A sheet of all channels for each image, or of all images for each channel',
  },
  scale: {
    type: 'choice',
    choices: ['map', 'layer'],
    defaultText: 'map',
    description: 'What the colours span: the values of each map, or of all maps of a sheet',
  },
  raw: { type: 'switch', default: false, description: 'Also write the numbers, as .npy' },
  out: { type: 'text', description: 'Where to; RUN/figures/activations by default' },
  split,
  checkpoint,
  dir,
  threads,
} as const satisfies Options;

export type ActivationsOptions = Values<typeof args, typeof options>;

export const activations = command({
  name: 'activations',
  description: 'Draws what the layers of a trained model make of images',
  arguments: args,
  options,
  examples: [
    ['activations artifacts/runs/m1-20260101-120000 --images 0-63', 'both convolutions, 64 test images'],
    ['activations artifacts/runs/m2-20260101-120000 --layers stage1 --sheets channel', 'channel by channel'],
    ['activations artifacts/runs/m1-20260101-120000 --layers fc1 --raw', 'numbers for NumPy too'],
  ],
  load: async () => (await import('./activations-run.ts')).run,
});
