import { command, type Values } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { checkpoint, dir, split, threads } from '../shared-options.ts';

const args = {
  run: { description: 'Run folder' },
  images: {
    many: true,
    description: 'Files, or places in --split, from 0; a file that has a number for a name: ./17',
  },
} as const satisfies Arguments;

const options = {
  top: { type: 'whole', defaultText: '3', description: 'How many classes of each, most probable first' },
  invert: {
    type: 'switch',
    default: false,
    description: 'Negate files: for dark things on white. The models know light things on black',
  },
  split: { ...split, description: 'Where the numbers count' },
  checkpoint,
  dir,
  threads,
} as const satisfies Options;

export type PredictOptions = Values<typeof args, typeof options>;

export const predict = command({
  name: 'predict',
  description: 'Classes and probabilities of picture files (PNG, JPEG) or images of the data set',
  arguments: args,
  options,
  examples: [
    ['predict artifacts/runs/m1-20260101-120000 17 42', 'two test images'],
    ['predict artifacts/runs/m1-20260101-120000 shoe.jpg --invert --top 5', 'a photo on a white background'],
  ],
  load: async () => (await import('./predict-run.ts')).run,
});
