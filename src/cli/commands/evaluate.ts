import { command, type Values } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { checkpoint, dir, split, threads } from '../shared-options.ts';

const args = { run: { many: true, description: 'Run folders' } } as const satisfies Arguments;
const options = { split, checkpoint, dir, threads } as const satisfies Options;

export type EvaluateOptions = Values<typeof args, typeof options>;

export const evaluate = command({
  name: 'evaluate',
  description: 'Metrics, classification report and confusion matrix of trained runs',
  arguments: args,
  options,
  examples: [
    ['evaluate artifacts/runs/m1-20260101-120000', 'on the 10,000 test images'],
    ['evaluate artifacts/runs/* --json', 'all runs, as one JSON document'],
  ],
  load: async () => (await import('./evaluate-run.ts')).run,
});
