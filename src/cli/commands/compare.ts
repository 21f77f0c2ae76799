import { command, type Values } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { checkpoint, dir, split, threads } from '../shared-options.ts';

const args = { run: { many: true, description: 'Run folders, at least two' } } as const satisfies Arguments;

const options = {
  split,
  checkpoint,
  dir,
  threads: { ...threads, description: 'Threads to evaluate with; all processors by default' },
} as const satisfies Options;

export type CompareOptions = Values<typeof args, typeof options>;

export const compare = command({
  name: 'compare',
  description: "Runs side by side, with intervals and tests, and against the report's numbers and claims",
  arguments: args,
  options,
  examples: [
    ['compare artifacts/runs/m1-20260101-120000 artifacts/runs/m2-20260101-130000', 'on the test images'],
    ['compare artifacts/runs/* --json', 'all runs, as one JSON document'],
  ],
  load: async () => (await import('./compare-run.ts')).run,
});
