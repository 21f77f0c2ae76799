import type { Argv } from 'yargs';
import { command, type GlobalArguments } from '../command.ts';
import { dir, threads } from '../shared-options.ts';

export interface BenchOptions {
  readonly model: 'm1' | 'm2' | 'all';
  readonly peers: string | undefined;
  readonly measures: string | undefined;
  readonly repetitions: number | undefined;
  readonly steps: number | undefined;
  readonly batchSize: number | undefined;
  readonly epochBatches: number | undefined;
  readonly predictImages: number | undefined;
  readonly threads: number | undefined;
  readonly out: string | undefined;
  readonly scale: boolean;
  readonly widths: string | undefined;
  readonly dir: string | undefined;
}

export const bench = command({
  usage: 'bench',
  description: 'Speed side by side with PyTorch, TensorFlow.js and others, or over sizes (--scale)',
  options: (yargs: Argv<GlobalArguments>) => {
    const whole = { type: 'number', requiresArg: true } as const;
    const text = { type: 'string', requiresArg: true } as const;
    return yargs
      .option('model', {
        choices: ['m1', 'm2', 'all'],
        default: 'all',
        requiresArg: true,
        describe: 'Which model',
      } as const)
      .option('peers', {
        ...text,
        describe:
          'Which of atelier, atelier-portable, pytorch, ort-training, tfjs-wasm, tfjs-cpu, jax-js; all by default',
      })
      .option('measures', { ...text, describe: 'Which of step, predict, epoch, startup; all by default' })
      .option('repetitions', { ...whole, describe: 'Interleaved repetitions; 5 by default' })
      .option('steps', {
        ...whole,
        describe: 'Training steps of a repetition, 20 by default; with --scale of a point, 10',
      })
      .option('batch-size', { ...whole, describe: 'Images of a training step; 128 by default' })
      .option('epoch-batches', { ...whole, describe: 'Batches of an epoch; 100 by default' })
      .option('predict-images', { ...whole, describe: 'Test images of a prediction; 10,000 by default' })
      .option('threads', threads)
      .option('out', { ...text, describe: 'Folder of the results; artifacts/bench/<time> by default' })
      .option('scale', {
        type: 'boolean',
        default: false,
        describe:
          'Time of a step over batch sizes, threads and channels, against the least that its arithmetic can take',
      })
      .option('widths', {
        ...text,
        describe: "With --scale: the models' channels times these numbers; 1,2,4 by default",
      })
      .option('dir', dir)
      .example('$0 bench', 'everything, against everybody: hours')
      .example('$0 bench --model m1 --peers atelier,pytorch --measures step', 'one comparison, in a minute')
      .example('$0 bench --scale --model m1 --widths 1,2', 'batch sizes 16 to 1024, channels as they are and doubled');
  },
  load: async () => (await import('./bench-run.ts')).run,
});
