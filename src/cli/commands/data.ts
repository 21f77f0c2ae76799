import { command, type Values } from '../command.ts';
import type { Arguments, Options } from '../options.ts';

const args = {} as const satisfies Arguments;

const options = {
  dir: { type: 'text', description: 'Folder that holds, or shall hold, the four files' },
  offline: { type: 'switch', default: false, description: 'Never touch the network' },
} as const satisfies Options;

export type DataOptions = Values<typeof args, typeof options>;

export const data = command({
  name: 'data',
  description: 'Find, fetch and verify Fashion-MNIST',
  arguments: args,
  options,
  examples: [
    ['data', 'uses what is there, fetches what is not'],
    ['data --dir ~/fashion-mnist --offline', 'verifies a folder of your own'],
  ],
  savesOnSignal: true,
  load: async () => (await import('./data-run.ts')).run,
});
