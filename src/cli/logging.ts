import { statSync } from 'node:fs';
import pino, { type DestinationStream, type Logger } from 'pino';
import { AtelierError } from '../errors.ts';
import { fileProblem } from '../files/problems.ts';
import type { GlobalOptions } from './global-options.ts';
import { type LogRecord, terminalStream } from './terminal/log-lines.ts';
import { terminalScreen } from './terminal/screen.ts';

/** Where a logger writes. */
interface LogPlaces {
  /** Gets everything from debug up as NDJSON. */
  readonly file?: string;
  /** What a terminal does not get, since a display says it there. */
  readonly isDisplayed?: (record: LogRecord) => boolean;
}

/**
 * The logger of one call of the program, to standard error: readable lines on a terminal, NDJSON elsewhere. A disk that is
 * full spoils the file, never the work that is logged.
 *
 * @throws AtelierError where the file cannot be opened
 */
export function createLogger(
  { logLevel, quiet }: Pick<GlobalOptions, 'logLevel' | 'quiet'>,
  { file, isDisplayed }: LogPlaces = {},
): Logger {
  const level = quiet ? 'error' : logLevel;
  const screen = terminalScreen();
  const streams = [
    { level, stream: screen ? terminalStream(screen, logLevel, isDisplayed) : standardError() },
    ...(file === undefined ? [] : [{ level: 'debug', stream: openLog(file) }]),
  ].map(({ level: name, stream }) => ({ level: isLevel(name) ? name : ('info' as const), stream }));
  return pino({ level: file === undefined ? level : 'debug', base: null }, pino.multistream(streams));
}

/** Standard error. A terminal or a reader that goes away ends the lines, never the work that is logged. */
function standardError() {
  const stream = pino.destination({ dest: 2, sync: true });
  stream.on('error', () => undefined);
  return stream;
}

function openLog(path: string): DestinationStream {
  try {
    // Opening a pipe that nobody reads would wait for ever.
    if (statSync(path, { throwIfNoEntry: false })?.isFIFO())
      throw new AtelierError(`cannot write the log '${path}': it is a pipe, a file was expected. Move it away.`, {
        code: 'file-unusable',
      });
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
