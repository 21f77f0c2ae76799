/** What runs are listed, sorted and filtered by. */
import { UsageError } from '../errors.ts';
import type { ListedRun } from '../evaluation/listed-run.ts';
import { didYouMean, nearest } from '../text/nearest.ts';
import { runStates } from '../training/run-summary.ts';

type Value = string | number | readonly string[] | null;

interface Field {
  readonly description: string;
  readonly of: (run: ListedRun) => Value;
  /** The other way round, where the largest is what one looks for. */
  readonly descends?: true;
  /** All that it can be. */
  readonly choices?: readonly string[];
}

const fields = {
  created: { description: 'when it was begun', of: ({ training }) => training?.created ?? null, descends: true },
  run: { description: "the folder's name", of: ({ folder }) => folder },
  name: { description: 'what somebody called it', of: ({ name }) => name },
  tag: { description: 'one of its tags', of: ({ tags }) => tags },
  note: { description: 'its note', of: ({ note }) => note },
  model: { description: 'the model', of: ({ training }) => training?.model ?? null },
  data: { description: 'the data set', of: ({ training }) => training?.data ?? null },
  state: { description: runStates.join(', '), of: ({ state }) => state, choices: runStates },
  seed: { description: 'the seed', of: ({ training }) => training?.seed ?? null },
  epochs: { description: 'epochs done', of: ({ training }) => training?.epochs.done ?? null, descends: true },
  loss: { description: 'the lowest validation loss', of: ({ training }) => training?.best?.loss ?? null },
  accuracy: {
    description: 'validation accuracy of that epoch, 0 to 1',
    of: ({ training }) => training?.best?.accuracy ?? null,
    descends: true,
  },
  test: { description: 'test accuracy, 0 to 1', of: ({ testAccuracy }) => testAccuracy, descends: true },
  size: { description: 'bytes of its folder', of: ({ bytes }) => bytes, descends: true },
} as const satisfies Readonly<Record<string, Field>>;

type FieldName = keyof typeof fields;

const table: Readonly<Record<string, Field>> = fields;

/** The fields' names. */
export const fieldNames: readonly string[] = Object.keys(fields);

/** Each field and what it is. */
export const fieldTexts: readonly (readonly [name: string, description: string])[] = Object.entries(table).map(
  ([name, { description }]) => [name, description],
);

/**
 * Runs in the order of a field: texts and losses from the lowest, dates and what should be high from the highest. Runs
 * without a value come last.
 */
export function sorted(runs: readonly ListedRun[], name: FieldName, reverse: boolean): readonly ListedRun[] {
  const { of, descends }: Field = fields[name];
  const sign = (descends === true) === reverse ? 1 : -1;
  return runs.toSorted((a, b) => {
    const [first, second] = [of(a), of(b)];
    if (first === null || second === null) return Number(first === null) - Number(second === null);
    return sign * compared(first, second) || compared(a.path, b.path);
  });
}

export function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(fields, name);
}

function compared(a: NonNullable<Value>, b: NonNullable<Value>): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

const condition = /^\s*(\w+)\s*(!=|<=|>=|=|<|>)(.*)$/s;

/**
 * Whether a run meets a condition: `state=stopped,diverged`, `run=m1-*`, `loss<0.3`, `created>=2026-11`.
 *
 * @throws UsageError for what is no condition
 */
export function filterOf(text: string): (run: ListedRun) => boolean {
  const [, name = '', operator = '', raw = ''] = condition.exec(text) ?? [];
  const field = table[name];
  const value = raw.trim();
  if (field === undefined || value === '') throw notAFilter(text, name);
  if (operator === '<' || operator === '<=' || operator === '>' || operator === '>=')
    return ordered(text, field, operator, value);
  const alternatives = value.split(',').map((one) => one.trim());
  if (field.choices) for (const one of alternatives) checkChoice(text, one, field.choices);
  const patterns = alternatives.map(patternOf);
  const isOneOf = (run: ListedRun) =>
    [field.of(run)].flat().some((found) => found !== null && patterns.some((pattern) => pattern.test(String(found))));
  return operator === '=' ? isOneOf : (run) => !isOneOf(run);
}

function ordered(
  text: string,
  { of }: Field,
  operator: '<' | '<=' | '>' | '>=',
  value: string,
): (run: ListedRun) => boolean {
  const holds = {
    '<': (difference: number) => difference < 0,
    '<=': (difference: number) => difference <= 0,
    '>': (difference: number) => difference > 0,
    '>=': (difference: number) => difference >= 0,
  }[operator];
  return (run) => {
    const found = of(run);
    if (found === null || typeof found === 'object') return false;
    if (typeof found === 'string') return holds(found < value ? -1 : found > value ? 1 : 0);
    const number = Number(value);
    if (Number.isNaN(number))
      throw new UsageError(`--filter '${text}': expected a number, got '${value}'`, { code: 'invalid-command-line' });
    return holds(found - number);
  };
}

/** `*` stands for any letters. */
function patternOf(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'is');
}

function checkChoice(text: string, one: string, choices: readonly string[]): void {
  if (choices.includes(one)) return;
  const hint = didYouMean(one, choices) || `; there are: ${choices.join(', ')}`;
  throw new UsageError(`--filter '${text}': unknown value '${one}'${hint}`, { code: 'invalid-command-line' });
}

function notAFilter(text: string, name: string): UsageError {
  const near = name === '' || Object.hasOwn(table, name) ? undefined : nearest(name, fieldNames);
  const hint = near === undefined ? `Fields: ${fieldNames.join(', ')}` : `Did you mean '${near}'?`;
  return new UsageError(
    `--filter '${text}': expected a field, one of = != < <= > >=, and a value, as in state=stopped or loss<0.3. ${hint}`,
    { code: 'invalid-command-line' },
  );
}
