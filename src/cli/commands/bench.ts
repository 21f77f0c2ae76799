import { command } from '../command.ts';
import { dataOptions, dataOptionValues } from '../data-options.ts';
import type { Arguments, Options } from '../options.ts';
import { formatTable } from '../output.ts';
import { modelNames, threads } from '../shared-options.ts';

const args = {} as const satisfies Arguments;

const options = {
  model: {
    type: 'choice',
    choices: [...modelNames, 'all'],
    defaultText: 'm1 and m2; with --data the one that suits the images',
    description: 'Which model; peers have m1 and m2',
  },
  peers: {
    type: 'text',
    value: 'NAMES',
    defaultText: 'all',
    description: 'Of atelier, atelier-portable, pytorch, ort-training, tfjs-wasm, tfjs-cpu, jax-js; commas between',
  },
  measures: {
    type: 'text',
    value: 'NAMES',
    defaultText: 'all',
    description: 'Of step, predict, epoch, startup; commas between',
  },
  repetitions: { type: 'whole', defaultText: '5', description: 'Interleaved repetitions' },
  steps: {
    type: 'whole',
    defaultText: '20; with --scale 10',
    description: 'Training steps of a repetition; with --scale of a point',
  },
  'batch-size': { type: 'whole', defaultText: '128', description: 'Images of a training step' },
  'epoch-batches': { type: 'whole', defaultText: '100', description: 'Batches of an epoch' },
  'predict-images': { type: 'whole', defaultText: 'all', description: 'Test images of a prediction' },
  threads,
  out: {
    type: 'text',
    value: 'FOLDER',
    defaultText: 'artifacts/bench/<time>',
    description: 'Where to write the results',
  },
  scale: {
    type: 'switch',
    default: false,
    description:
      'Time of a step over batch sizes, threads and channels, against the least that its arithmetic can take',
  },
  widths: {
    type: 'text',
    value: 'NUMBERS',
    defaultText: '1,2,4',
    description: "With --scale: the models' channels times these",
  },
  ...dataOptions,
  data: {
    ...dataOptions.data,
    defaultText: 'fashion-mnist, with all peers',
    description:
      'Other data: a folder of pictures, a table (.csv), arrays (.npz) or a name; with the peers that have the model',
  },
} as const satisfies Options;

export const bench = command({
  arguments: args,
  options,
  examples: ({ models: [model] }) => [
    ['bench', 'everything, against everybody: hours'],
    [`bench --model ${model} --peers atelier,pytorch --measures step`, 'one comparison, in a minute'],
    ['bench --data photos --model resnet9 --measures step,epoch', 'a model on pictures of your own'],
    [`bench --scale --model ${model} --widths 1,2`, 'batch sizes 16 to 1024, channels as they are and doubled'],
  ],
  run: async (options, context) => {
    const { measurePeersOf, measureScale } = await import('../../../bench/index.ts');
    const { withLiveLine } = await import('../terminal/work-screen.ts');
    const measured = await withLiveLine(context.options, async (observer) => {
      const reading = { observer, signal: context.signal };
      const request = { ...options, dataOptions: dataOptionValues(options), reading };
      return (options.scale ? measureScale : measurePeersOf)(request, context);
    });
    const { lines, sections, files, result } = measured;
    const blocks = sections.map(({ title, table: { header, rows }, notes }) =>
      [title, '', formatTable(header, rows), '', ...notes.map((note) => `- ${note}`)].join('\n').trimEnd(),
    );
    return { text: [lines.join('\n'), ...blocks, files.join('\n')].join('\n\n'), json: { ...result, files } };
  },
});
