import { command, type Values } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
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
  'predict-images': { type: 'whole', description: 'Test images of a prediction; 10,000 by default' },
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

export type BenchOptions = Values<typeof args, typeof options>;

export const bench = command({
  name: 'bench',
  description: 'Speed side by side with PyTorch, TensorFlow.js and others, or over sizes (--scale)',
  arguments: args,
  options,
  examples: [
    ['bench', 'everything, against everybody: hours'],
    ['bench --model m1 --peers atelier,pytorch --measures step', 'one comparison, in a minute'],
    ['bench --scale --model m1 --widths 1,2', 'batch sizes 16 to 1024, channels as they are and doubled'],
  ],
  load: async () => (await import('./bench-run.ts')).run,
});
