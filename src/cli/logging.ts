import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { GlobalOptions } from './command.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/**
 * The logger of one call of the program, to standard error: readable lines on a terminal, NDJSON elsewhere. `file` gets
 * everything from debug up as NDJSON besides.
 */
export function createLogger({ logLevel, quiet }: Pick<GlobalOptions, 'logLevel' | 'quiet'>, file?: string): Logger {
  const level = quiet ? 'error' : logLevel;
  const terminal = process.stderr.isTTY
    ? pretty({
        destination: 2,
        sync: true,
        ignore: 'pid,hostname,module',
        translateTime: 'SYS:HH:MM:ss',
        singleLine: true,
        hideObject: logLevel !== 'debug' && logLevel !== 'trace',
      })
    : pino.destination({ dest: 2, sync: true });
  const streams = [
    { level, stream: terminal },
    ...(file === undefined
      ? []
      : [{ level: 'debug', stream: pino.destination({ dest: file, sync: true, append: true }) }]),
  ].map(({ level: name, stream }) => ({ level: isLevel(name) ? name : ('info' as const), stream }));
  return pino({ level: file === undefined ? level : 'debug', base: null }, pino.multistream(streams));
}

function isLevel(name: string): name is pino.Level {
  return Object.hasOwn(pino.levels.values, name);
}
