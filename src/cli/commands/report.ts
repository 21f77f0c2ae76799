import { join } from 'node:path';
import type { Argv } from 'yargs';
import { command, type GlobalArguments } from '../command.ts';
import { dir, threads } from '../shared-options.ts';

export interface ReportOptions {
  readonly run: string[] | undefined;
  readonly out: string;
  readonly images: string;
  readonly dir: string | undefined;
  readonly threads: number | undefined;
}

export const reportCommand = command({
  usage: 'report <run..>',
  description: 'Figures, report.md and one self-contained report.html of trained runs',
  options: (yargs: Argv<GlobalArguments>) =>
    yargs
      .positional('run', {
        type: 'string',
        array: true,
        describe: 'Run folders; evaluated where they have not been yet',
      })
      .option('out', {
        type: 'string',
        default: join('artifacts', 'report'),
        requiresArg: true,
        describe: 'Where to write the report',
      })
      .option('images', {
        type: 'string',
        default: '0-2',
        requiresArg: true,
        describe: 'Test images whose activation maps are drawn: 0-2,17',
      })
      .option('dir', dir)
      .option('threads', threads)
      .example('$0 report artifacts/runs/m1-20260101-120000 artifacts/runs/m2-20260101-130000', 'both models')
      .example('$0 report artifacts/runs/* --out /tmp/report', 'all runs, elsewhere'),
  lists: ['run'],
  load: async () => (await import('./report-run.ts')).run,
});
