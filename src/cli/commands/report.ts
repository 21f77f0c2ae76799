import { join } from 'node:path';
import { command, type Values } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { dir, threads } from '../shared-options.ts';

const args = {
  run: { many: true, description: 'Run folders; evaluated where they have not been yet' },
} as const satisfies Arguments;

const options = {
  out: { type: 'text', default: join('artifacts', 'report'), description: 'Where to write the report' },
  images: { type: 'text', default: '0-2', description: 'Test images whose activation maps are drawn: 0-2,17' },
  dir,
  threads,
} as const satisfies Options;

export type ReportOptions = Values<typeof args, typeof options>;

export const reportCommand = command({
  name: 'report',
  description: 'Figures, report.md and one self-contained report.html of trained runs',
  arguments: args,
  options,
  examples: [
    ['report artifacts/runs/m1-20260101-120000 artifacts/runs/m2-20260101-130000', 'both models'],
    ['report artifacts/runs/* --out /tmp/report', 'all runs, elsewhere'],
  ],
  load: async () => (await import('./report-run.ts')).run,
});
