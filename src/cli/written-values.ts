import { Parser } from 'yargs/helpers';
import { UsageError } from '../errors.ts';
import { dashed } from './usage.ts';

/** Of which command the line is, and which of its numbers need not be whole. */
export interface NumberRules {
  /** For the hint where to read on: `train`. */
  readonly command: string;
  readonly fractions: readonly string[];
}

/**
 * Refuses options whose value is empty, or no number where one is declared, or neither true nor false after a switch.
 * yargs has made 0 of `--seed=`, NaN of `--epochs many` and false of `--resume=yes` by now; only the command line still
 * has what was typed. A variable of the shell that is not set must not become a seed.
 *
 * @param argv what yargs made of the command line
 * @param args the command line
 * @throws UsageError with a line for each such option
 */
export function refuseUnreadable(argv: object, args: readonly string[], { command, fractions }: NumberRules): void {
  const read = new Map<string, unknown>(Object.entries(argv));
  const unreadable = writtenValues(args, read).flatMap(([name, texts]) => {
    const isNumber = [read.get(name)].flat().some((value) => typeof value === 'number');
    const expected = !isNumber ? 'a value' : fractions.includes(name) ? 'a number' : 'a whole number';
    return texts
      .filter((text) => text.trim() === '' || (isNumber && Number.isNaN(Number(text))))
      .map((text) => `${dashed(name)}: expected ${expected}, got '${text}'`);
  });
  const lines = [...unreadable, ...switchesSetTo(args, read)];
  if (lines.length > 0) throw new UsageError(`${lines.join('\n')}. See: atelier ${command} --help`);
}

/** A complaint for each switch that is set to something else than true or false. */
function switchesSetTo(args: readonly string[], read: ReadonlyMap<string, unknown>): readonly string[] {
  return args.flatMap((arg) => {
    const [, name = '', text = ''] = /^--([^=]+)=(.*)$/s.exec(arg) ?? [];
    if (typeof read.get(name) !== 'boolean' || ['true', 'false'].includes(text)) return [];
    return [`--${name}: expected nothing after it, or true or false, got '${text}'`];
  });
}

/** What is written for each option that takes values, under the name that is written: `e` and ['3'] for `-e 3`. */
function writtenValues(
  args: readonly string[],
  read: ReadonlyMap<string, unknown>,
): readonly (readonly [string, readonly string[]])[] {
  const names = [...read.keys()].filter((name) => name !== '_' && name !== '$0');
  const switches = names.filter((name) => typeof read.get(name) === 'boolean');
  const written = Parser([...args], {
    string: names.filter((name) => !switches.includes(name)),
    boolean: switches,
    // `--no-early-stop` has no value, so none that could be empty.
    configuration: { 'boolean-negation': false, 'camel-case-expansion': false },
  });
  return Object.entries(written)
    .filter(([name]) => names.includes(name))
    .map(([name, value]) => [name, [value].flat().filter((text) => typeof text === 'string')] as const);
}
