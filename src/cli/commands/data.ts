import type { Argv } from 'yargs';
import { command, type GlobalArguments } from '../command.ts';

export interface DataOptions {
  readonly dir: string | undefined;
  readonly offline: boolean;
}

export const data = command({
  usage: 'data',
  description: 'Find, fetch and verify Fashion-MNIST',
  options: (yargs: Argv<GlobalArguments>) =>
    yargs
      .option('dir', {
        type: 'string',
        requiresArg: true,
        describe: 'Folder that holds, or shall hold, the four files',
      })
      .option('offline', { type: 'boolean', default: false, describe: 'Never touch the network' })
      .example('$0 data', 'uses what is there, fetches what is not')
      .example('$0 data --dir ~/fashion-mnist --offline', 'verifies a folder of your own'),
  savesOnSignal: true,
  load: async () => (await import('./data-run.ts')).run,
});
