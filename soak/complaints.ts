/** What is wrong with how a command ended that could not do what it was asked for. */
import { z } from 'zod';
import type { Outcome } from './program.ts';

const logLine = z.looseObject({ level: z.number(), msg: z.string() });
const errorLevel = 50;

/** Words of which a message must hold one, and what it must name. */
export interface Expected {
  /** Any of these parts of paths. */
  readonly places: readonly string[];
  /** The code of the system's error, which a message has in brackets. */
  readonly reason: string;
}

/**
 * A command that fails says so in one line of NDJSON, for a person, names place and reason, prints no result and ends with
 * exit code 1; one that is given several things says a line for each that failed before. One that succeeds may warn.
 */
export function complaintsOf(
  { code, signal, stdout, stderr }: Outcome,
  { places, reason }: Expected,
): readonly string[] {
  if (signal !== null) return [`it was ended by ${signal}: ${stderr}`];
  const found: string[] = [];
  const messages: string[] = [];
  let ofOneAmongSeveral = 0;
  for (const line of stderr.split('\n').filter((one) => one !== '')) {
    const parsed = logLine.safeParse(parseJson(line));
    if (!parsed.success) found.push(`standard error holds '${line}'`);
    else if (parsed.data.level >= errorLevel) {
      messages.push(parsed.data.msg);
      if ('subject' in parsed.data) ofOneAmongSeveral += 1;
      if ('err' in parsed.data) found.push(`a stack was logged: ${line}`);
    }
  }
  if (code === 0) return messages.length === 0 ? found : [...found, `it succeeded with errors: ${messages.join('; ')}`];
  if (code !== 1) found.push(`it ended with ${code}`);
  if (messages.length - ofOneAmongSeveral !== 1) found.push(`expected one error, found ${messages.length}`);
  const message = messages.join('\n');
  if (/internal:|undefined|\[object|Unknown system error/.test(message)) found.push('the message is not for a person');
  if (!places.some((place) => message.includes(place))) found.push(`the message names none of ${places.join(', ')}`);
  if (!message.includes(reason)) found.push(`the message does not say ${reason}`);
  // Of several things those that can be done are done, and their results are printed.
  if (stdout !== '' && ofOneAmongSeveral === 0) found.push(`it printed '${stdout.slice(0, 200)}'`);
  return found.length === 0 ? [] : [...found, `standard error: ${stderr}`];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
