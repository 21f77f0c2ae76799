import pino, { type DestinationStream, type Logger } from 'pino';
import pretty, { type PrettyOptions } from 'pino-pretty';
import { fileProblem } from '../files/problems.ts';
import type { GlobalOptions } from './global-options.ts';

/**
 * The logger of one call of the program, to standard error: readable lines on a terminal, NDJSON elsewhere. `file` gets
 * everything from debug up as NDJSON besides; a disk that is full spoils this file, never the work that is logged.
 *
 * @throws AtelierError where `file` cannot be opened
 */
export function createLogger({ logLevel, quiet }: Pick<GlobalOptions, 'logLevel' | 'quiet'>, file?: string): Logger {
  const level = quiet ? 'error' : logLevel;
  const terminal = process.stderr.isTTY
    ? pretty({ ...terminalForm(logLevel), destination: standardError() })
    : standardError();
  const streams = [
    { level, stream: terminal },
    ...(file === undefined ? [] : [{ level: 'debug', stream: openLog(file) }]),
  ].map(({ level: name, stream }) => ({ level: isLevel(name) ? name : ('info' as const), stream }));
  return pino({ level: file === undefined ? level : 'debug', base: null }, pino.multistream(streams));
}

/**
 * How pino-pretty writes lines on a terminal: time, level and message; with what else was logged from level debug down.
 * `singleLine` is only for those objects: pino-pretty 13 ends no line at all where it is set and objects are hidden.
 */
export function terminalForm(
  logLevel: string,
): Pick<PrettyOptions, 'ignore' | 'translateTime' | 'singleLine' | 'hideObject'> {
  const hideObject = logLevel !== 'debug' && logLevel !== 'trace';
  return { ignore: 'pid,hostname,module', translateTime: 'SYS:HH:MM:ss', singleLine: !hideObject, hideObject };
}

/** Standard error. A terminal or a reader that goes away ends the lines, never the work that is logged. */
function standardError() {
  const stream = pino.destination({ dest: 2, sync: true });
  stream.on('error', () => undefined);
  return stream;
}

function openLog(path: string): DestinationStream {
  try {
    const stream = pino.destination({ dest: path, sync: true, append: true });
    stream.on('error', () => undefined);
    return stream;
  } catch (error) {
    throw fileProblem('write the log', path, error);
  }
}

function isLevel(name: string): name is pino.Level {
  return Object.hasOwn(pino.levels.values, name);
}
