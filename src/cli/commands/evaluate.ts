import type { Argv } from 'yargs';
import { command, type GlobalArguments } from '../command.ts';
import { checkpoint, dir, split, threads } from '../shared-options.ts';

export interface EvaluateOptions {
  readonly run: string[] | undefined;
  readonly split: 'test' | 'validation' | 'train' | undefined;
  readonly checkpoint: 'best' | 'last' | undefined;
  readonly dir: string | undefined;
  readonly threads: number | undefined;
}

export const evaluate = command({
  usage: 'evaluate <run..>',
  description: 'Metrics, classification report and confusion matrix of trained runs',
  options: (yargs: Argv<GlobalArguments>) =>
    yargs
      .positional('run', { type: 'string', array: true, describe: 'Run folders' })
      .option('split', split)
      .option('checkpoint', checkpoint)
      .option('dir', dir)
      .option('threads', threads)
      .example('$0 evaluate artifacts/runs/m1-20260101-120000', 'on the 10,000 test images')
      .example('$0 evaluate artifacts/runs/* --json', 'all runs, as one JSON document'),
  lists: ['run'],
  load: async () => (await import('./evaluate-run.ts')).run,
});
