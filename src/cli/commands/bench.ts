import { command } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { formatTable } from '../output.ts';
import { dir, modelNames, threads } from '../shared-options.ts';

const args = {} as const satisfies Arguments;

const options = {
  model: { type: 'choice', choices: [...modelNames, 'all'], default: 'all', description: 'Which model' },
  peers: {
    type: 'text',
    description:
      'Which of atelier, atelier-portable, pytorch, ort-training, tfjs-wasm, tfjs-cpu, jax-js; all by default',
  },
  measures: { type: 'text', description: 'Which of step, predict, epoch, startup; all by default' },
  repetitions: { type: 'whole', description: 'Interleaved repetitions; 5 by default' },
  steps: {
    type: 'whole',
    description: 'Training steps of a repetition, 20 by default; with --scale of a point, 10',
  },
  'batch-size': { type: 'whole', description: 'Images of a training step; 128 by default' },
  'epoch-batches': { type: 'whole', description: 'Batches of an epoch; 100 by default' },
  'predict-images': { type: 'whole', description: 'Test images of a prediction; all by default' },
  threads,
  out: { type: 'text', description: 'Folder of the results; artifacts/bench/<time> by default' },
  scale: {
    type: 'switch',
    default: false,
    description:
      'Time of a step over batch sizes, threads and channels, against the least that its arithmetic can take',
  },
  widths: {
    type: 'text',
    description: "With --scale: the models' channels times these numbers; 1,2,4 by default",
  },
  dir,
} as const satisfies Options;

export const bench = command({
  arguments: args,
  options,
  examples: ({ models: [model] }) => [
    ['bench', 'everything, against everybody: hours'],
    [`bench --model ${model} --peers atelier,pytorch --measures step`, 'one comparison, in a minute'],
    [`bench --scale --model ${model} --widths 1,2`, 'batch sizes 16 to 1024, channels as they are and doubled'],
  ],
  run: async (options, { logger }) => {
    const { measurePeersOf, measureScale } = await import('../../../bench/index.ts');
    const measured = await (options.scale ? measureScale : measurePeersOf)(options, logger);
    const { lines, sections, files, result } = measured;
    const blocks = sections.map(({ title, table: { header, rows }, notes }) =>
      [title, '', formatTable(header, rows), '', ...notes.map((note) => `- ${note}`)].join('\n').trimEnd(),
    );
    return { text: [lines.join('\n'), ...blocks, files.join('\n')].join('\n\n'), json: { ...result, files } };
  },
});
