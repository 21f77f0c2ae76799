import { activations as drawActivations } from '../../library.ts';
import { perSecond, thousands } from '../../text/numbers.ts';
import { command } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { checkpoint, data, dir, split, threads } from '../shared-options.ts';

const args = { run: { description: 'Run folder' } } as const satisfies Arguments;

const options = {
  images: { type: 'text', value: 'PLACES', defaultText: '0-15', description: 'Places in --split, from 0: 0-63,100,7' },
  layers: {
    type: 'text',
    value: 'NAMES',
    defaultText: "those of the report's figures",
    description: 'Which layers, with commas between',
  },
  channels: { type: 'text', value: 'PLACES', defaultText: 'all', description: 'Which channels of each layer: 0-7,12' },
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
  out: { type: 'text', value: 'FOLDER', defaultText: 'RUN/figures/activations', description: 'Where to write' },
  split,
  checkpoint,
  data,
  dir,
  threads,
} as const satisfies Options;

export const activations = command({
  arguments: args,
  options,
  examples: ({ runs: [one, other] }) => [
    [`activations ${one} --images 0-63`, 'its usual layers, 64 test images'],
    [`activations ${other} --sheets channel`, 'channel by channel'],
    [`activations ${one} --layers conv1 --raw`, 'numbers for NumPy too'],
  ],
  run: async ({ run: path, layers, scale, dir, ...settings }, context) => {
    const { withLiveLine } = await import('../terminal/work-screen.ts');
    const drawn = await withLiveLine(context.options, ({ progress }) =>
      drawActivations(path, {
        images: settings.images,
        layers: layers?.split(',').map((name) => name.trim()),
        channels: settings.channels,
        sheets: settings.sheets,
        scaling: scale,
        raw: settings.raw,
        out: settings.out,
        split: settings.split,
        checkpoint: settings.checkpoint,
        data: settings.data,
        dataDirectory: dir,
        threads: settings.threads,
        context,
        observer: {
          file: ({ images: done, total }) => progress?.({ work: `drawing ${path}`, done, total, unit: 'images' }),
        },
      }),
    );
    const { out, index, seconds } = drawn;
    const imagesPerSecond = index.images.length / seconds;
    const text =
      `${thousands(index.files.length)} files of ${thousands(index.images.length)} ${index.split} images, ` +
      `layers ${index.layers.map(({ name }) => name).join(', ')}, in ${seconds.toFixed(1)} s ` +
      `(${perSecond(imagesPerSecond)} images/s), written to ${out}`;
    return { text, json: { out, seconds, imagesPerSecond, ...index } };
  },
});
