import type { Argv } from 'yargs';
import { command, type GlobalArguments } from '../command.ts';
import { checkpoint, dir, split, threads } from '../shared-options.ts';

export interface CompareOptions {
  readonly run: string[] | undefined;
  readonly split: 'test' | 'validation' | 'train' | undefined;
  readonly checkpoint: 'best' | 'last' | undefined;
  readonly dir: string | undefined;
  readonly threads: number | undefined;
}

export const compare = command({
  usage: 'compare <run..>',
  description: "Runs side by side, with intervals and tests, and against the report's numbers and claims",
  options: (yargs: Argv<GlobalArguments>) =>
    yargs
      .positional('run', { type: 'string', array: true, describe: 'Run folders, at least two' })
      .option('split', split)
      .option('checkpoint', checkpoint)
      .option('dir', dir)
      .option('threads', { ...threads, describe: 'Threads to evaluate with; all processors by default' })
      .example('$0 compare artifacts/runs/m1-20260101-120000 artifacts/runs/m2-20260101-130000', 'on the test images')
      .example('$0 compare artifacts/runs/* --json', 'all runs, as one JSON document'),
  lists: ['run'],
  load: async () => (await import('./compare-run.ts')).run,
});
