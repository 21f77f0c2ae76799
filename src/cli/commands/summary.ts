import { command, type Values } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { modelNames } from '../shared-options.ts';

const args = { model: { description: modelNames.join(' or ') } } as const satisfies Arguments;
const options = {} as const satisfies Options;

export type SummaryOptions = Values<typeof args, typeof options>;

export const summary = command({
  name: 'summary',
  description: 'Layers, output shapes, parameters and multiply-adds of a model',
  arguments: args,
  options,
  examples: [['summary m1', 'the table of Model 1']],
  load: async () => (await import('./summary-run.ts')).run,
});
