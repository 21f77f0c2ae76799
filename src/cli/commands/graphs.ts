import type { Argv } from 'yargs';
import { command, type GlobalArguments } from '../command.ts';

/** `cpu-nchwc` is the blocked layout of the processor at hand; with a number, that of another. */
const targetChoices = ['portable', 'cpu-nchwc', 'cpu-nchwc8', 'cpu-nchwc16', 'ort-training'] as const;

export interface GraphsOptions {
  readonly model: string | undefined;
  readonly out: string;
  readonly target: (typeof targetChoices)[number] | undefined;
  readonly from: string | undefined;
  readonly checkpoint: 'best' | 'last' | undefined;
  readonly batchSize: number | undefined;
  readonly text: boolean;
}

export const graphs = command({
  usage: 'graphs [model]',
  description: 'Emit the ONNX graphs of a model: training step, evaluation, prediction',
  options: (yargs: Argv<GlobalArguments>) =>
    yargs
      .positional('model', { type: 'string', default: 'all', describe: 'm1, m2 or all' })
      .option('out', { type: 'string', requiresArg: true, default: 'artifacts/graphs', describe: 'Folder to write to' })
      .option('target', {
        choices: targetChoices,
        defaultDescription: 'portable',
        requiresArg: true,
        describe:
          "What to lower the training operators to: standard ones, the CPU provider's blocked layout (of this processor, or in " +
          "blocks of 8 or 16 channels), or ONNX Runtime's training artifacts",
      })
      .option('from', {
        type: 'string',
        requiresArg: true,
        describe: 'Run folder whose recipe and weights the ort-training artifacts get; fresh weights by default',
      })
      .option('checkpoint', {
        choices: ['best', 'last'] as const,
        defaultDescription: 'last',
        requiresArg: true,
        describe: 'Which checkpoint of --from',
      })
      .option('batch-size', {
        alias: 'b',
        type: 'number',
        requiresArg: true,
        describe: "Images in a training step; the recipe's by default",
      })
      .option('text', { type: 'boolean', default: false, describe: 'Also write each graph as text' })
      .example('$0 graphs m1', 'writes artifacts/graphs/m1/*.onnx and manifest.json')
      .example('$0 graphs m2 --target cpu-nchwc', 'what `train` runs on the processor')
      .example('$0 graphs m1 --target ort-training --from artifacts/runs/x', 'to go on training on another device')
      .example('$0 graphs all --batch-size 32 --text', 'smaller steps, readable besides'),
  load: async () => (await import('./graphs-run.ts')).run,
});
