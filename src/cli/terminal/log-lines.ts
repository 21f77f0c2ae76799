import { stripVTControlCharacters } from 'node:util';
import { type DestinationStream, levels } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { z } from 'zod';
import type { Screen, Style } from './screen.ts';
import { wrapped } from './width.ts';

const logRecord = z.looseObject({ level: z.number(), msg: z.string().optional(), err: z.unknown().optional() });
/** What is logged. */
export type LogRecord = z.infer<typeof logRecord>;

/** Before messages of each level from this one up; the usual ones need no word. */
const words: readonly (readonly [level: number, word: string, style: Style])[] = [
  [levels.values['error'] ?? 50, 'error', ['bold', 'red']],
  [levels.values['warn'] ?? 40, 'warning', 'yellow'],
  [levels.values['info'] ?? 30, '', 'reset'],
  [0, 'debug', 'dim'],
];

/** Writes what is logged as lines on a terminal, around its live line. */
export function terminalStream(
  screen: Screen,
  logLevel: string,
  isDisplayed: (record: LogRecord) => boolean = () => false,
): DestinationStream {
  const isDetailed = logLevel === 'debug' || logLevel === 'trace';
  return {
    write: (json) => {
      const record = logRecord.parse(JSON.parse(json));
      if (isDisplayed(record)) return;
      const text = logText(record, isDetailed);
      const [, word, style] = words.find(([level]) => record.level >= level) ?? [0, '', 'reset'];
      const [first = '', ...rest] = wrapped(word === '' ? text : `${word}: ${text}`, screen.columns);
      screen.print(screen.styled(style, first.slice(0, word.length)) + first.slice(word.length), ...rest);
    },
  };
}

/**
 * A record's message as text, without escapes; with what else was logged where details are asked for, or where it is an
 * error of the program itself.
 */
export function logText(record: LogRecord, isDetailed: boolean): string {
  const print = prettyFactory({
    colorize: false,
    ignore: 'pid,hostname,module,level,time',
    hideObject: !isDetailed && record.err === undefined,
  });
  return print({ ...record, msg: stripVTControlCharacters(record.msg ?? '') }).trimEnd();
}
