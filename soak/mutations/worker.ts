/** The watched process of the campaign `mutations`: a case is a number of inputs for one reader. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AtelierError } from '../../src/errors.ts';
import { serve } from '../watched.ts';
import { byteMutators, type Mutator } from './bytes.ts';
import { Dice } from './dice.ts';
import { differingFields } from './fields.ts';
import { type Reader, readers } from './readers.ts';

/** What the process is asked for. */
export interface Task {
  /** The folder that holds `seeds`. */
  readonly folder: string;
  readonly case: number;
  /** Of the case's inputs. */
  readonly share: number;
}

/** What came of it. */
export interface Answer {
  readonly count: number;
  readonly tallies: Readonly<Record<string, number>>;
  /** CPU seconds of the slowest input. */
  readonly slowest: number;
  readonly failures: readonly string[];
}

const longestMessage = 8_000;
const mostSeconds = 2;
/** Of one case; more of them say nothing new. */
const mostFailures = 5;

/** The reader of a case. */
export function readerOf(number: number): Reader {
  const reader = readers[number % readers.length];
  if (reader === undefined) throw new Error('there are no readers');
  return reader;
}

/** Seeds as they were read without any change: what changed ones are held against. */
const expected = new Map<string, unknown>();

async function tryInputs({ folder, case: number, share }: Task): Promise<Answer> {
  const reader = readerOf(number);
  const inputs = Math.ceil(reader.inputs * share);
  const dice = new Dice(`mutations.${reader.name}`, number);
  const work = join(folder, `reader-${number % readers.length}`);
  const seedOf = (name: string) => readFileSync(join(folder, 'seeds', name));
  const places = Object.entries(reader.files);
  const restore = () => {
    rmSync(work, { recursive: true, force: true });
    for (const [place, seed] of places) {
      mkdirSync(dirname(join(work, place)), { recursive: true });
      writeFileSync(join(work, place), seedOf(seed));
    }
  };
  restore();
  if (!expected.has(reader.name)) expected.set(reader.name, await reader.read(work));
  const seed = expected.get(reader.name);
  const tallies: Record<string, number> = {};
  const tally = (name: string) => {
    tallies[name] = (tallies[name] ?? 0) + 1;
  };
  const failures: string[] = [];
  let slowest = 0;
  const files = (reader.changed ?? Object.keys(reader.files)).map(
    (place) => [place, seedOf(reader.files[place] ?? '')] as const,
  );
  const others = ['config.json', 'history.jsonl', 'predictions.csv', 'last.safetensors', 'images.idx.gz'].map(seedOf);
  for (let input = 0; input < inputs; input += 1) {
    const [place, whole] = dice.pick(files);
    const bytes = mutated(whole, reader.mutators, dice, dice.chance(0.5) ? whole : dice.pick(others));
    const path = join(work, place);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    const began = process.cpuUsage();
    const { outcome, problem } = await tryOne(reader, work, seed, place);
    const { user, system } = process.cpuUsage(began);
    const seconds = (user + system) / 1e6;
    slowest = Math.max(slowest, seconds);
    for (const name of outcome) tally(`${reader.name}: ${name}`);
    const slow = seconds > mostSeconds ? `took ${seconds.toFixed(1)} s` : undefined;
    for (const found of [problem, slow]) {
      if (found === undefined) continue;
      tally(`${reader.name}: broken`);
      if (failures.length < mostFailures) failures.push(`${reader.name}, input ${input} (${place}): ${found}`);
      if (process.env['ATELIER_SOAK_KEEP'] !== undefined)
        writeFileSync(join(process.env['ATELIER_SOAK_KEEP'], `${number}-${input}`), bytes);
    }
    if (files.length > 1) writeFileSync(path, whole);
  }
  if (Reflect.get({}, 'polluted') !== undefined) failures.push(`${reader.name}: a file put a field on all objects`);
  return { count: inputs, tallies, slowest, failures };
}

function mutated(whole: Buffer, mutators: readonly Mutator[], dice: Dice, other: Buffer): Buffer {
  const known = mutators.length > 0 && dice.chance(0.6) ? mutators : byteMutators;
  const once = dice.pick(known)(whole, dice, other);
  return dice.chance(0.9) ? once : dice.pick(byteMutators)(once, dice, other);
}

interface Tried {
  readonly outcome: readonly string[];
  readonly problem?: string | undefined;
}

async function tryOne(reader: Reader, folder: string, seed: unknown, place: string): Promise<Tried> {
  let taken: unknown;
  try {
    taken = await reader.read(folder);
  } catch (error) {
    return { outcome: ['refused'], problem: wrongWith(error, reader, folder, place) };
  }
  const wrong = reader.wrong?.(taken, seed);
  const fields = differingFields(taken, seed, reader.tolerance);
  if (fields.length === 0) return { outcome: ['taken, the same'], problem: wrong };
  const illegal = fields.filter((field) => !reader.legal.some((pattern) => pattern.test(field)));
  const problem = wrong ?? (illegal.length === 0 ? undefined : `taken with another ${illegal.slice(0, 5).join(', ')}`);
  return { outcome: ['taken, another', ...fields.slice(0, 3).map(shortField)], problem };
}

/** Keys that were made up are none of the reader's. */
function shortField(field: string): string {
  return /^[\w.*/ -]{1,60}$/.test(field) ? `another ${field}` : 'another field';
}

function wrongWith(error: unknown, reader: Reader, folder: string, place: string): string | undefined {
  if (reader.documented?.(error)) return undefined;
  if (!(error instanceof AtelierError))
    return `a raw error: ${error instanceof Error ? error.stack?.slice(0, 600) : String(error)}`;
  const { message, code } = error;
  if (code === 'internal') return `an internal error: ${message.slice(0, 400)}`;
  if (message.length > longestMessage) return `a message of ${message.length} characters`;
  if (message.trim() === '') return 'a message without words';
  const isNamed = [folder, place, reader.namedAs ?? folder].some((name) => message.includes(name));
  return isNamed ? undefined : `a message that does not name the file: ${message.slice(0, 400)}`;
}

serve((task) => tryInputs(checked(task)));

function checked(task: unknown): Task {
  const { folder, case: number, share } = Object(task);
  if (typeof folder === 'string' && typeof number === 'number' && typeof share === 'number')
    return { folder, case: number, share };
  throw new Error('expected a folder, the number of a case and a share');
}
