import type { Argv } from 'yargs';
import { command, type GlobalArguments } from '../command.ts';

export interface SummaryOptions {
  readonly model: string | undefined;
}

export const summary = command({
  usage: 'summary <model>',
  description: 'Layers, output shapes, parameters and multiply-adds of a model',
  options: (yargs: Argv<GlobalArguments>) =>
    yargs
      .positional('model', { type: 'string', describe: 'm1 or m2' })
      .example('$0 summary m1', 'the table of Model 1'),
  load: async () => (await import('./summary-run.ts')).run,
});
