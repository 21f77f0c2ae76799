import type { Options } from './options.ts';

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const general = { heading: 'Of every command' } as const;

/** Options that every command takes. */
export const globalOptions = {
  json: { ...general, type: 'switch', default: false, description: 'Print the result as one JSON document' },
  'log-level': {
    ...general,
    type: 'choice',
    choices: logLevels,
    default: 'info',
    description: 'What to log to standard error',
  },
  quiet: { ...general, type: 'switch', alias: 'q', default: false, description: 'Log errors only, no progress bars' },
  help: { ...general, type: 'switch', alias: 'h', default: false, description: 'Show help' },
  version: { ...general, type: 'switch', default: false, description: 'Show version number' },
} as const satisfies Options;

/** How a command is to answer. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly logLevel: string;
  readonly quiet: boolean;
}
