/** The watched process of the campaign `pictures`: a case is a number of changed pictures of one seed. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePicture, type PictureImage } from '../../src/data/pictures.ts';
import { AtelierError } from '../../src/errors.ts';
import { Dice } from '../mutations/dice.ts';
import { serve } from '../watched.ts';
import { changedPicture, isDamagedPng } from './mutators.ts';

/** What the process is asked for. */
export interface Task {
  /** Of the seeds. */
  readonly folder: string;
  readonly case: number;
  readonly inputs: number;
  /** Where the picture that is being read is kept, for whoever finds this process gone. */
  readonly last: string;
}

/** What came of it. */
export interface Answer {
  readonly tallies: Readonly<Record<string, number>>;
  /** CPU seconds of the slowest picture. */
  readonly slowest: number;
  readonly failures: readonly string[];
}

const shapes = [
  { channels: 1, height: 28, width: 28 },
  { channels: 3, height: 32, width: 20 },
  { channels: 3, height: 24, width: 60 },
] as const;
const longestMessage = 2_000;
const mostSeconds = 2;
/**
 * The decoder of drawings gives up after half a million elements that refer to each other, and lets nobody set less. That
 * took 3 s on one machine and 9 s on a slow one.
 */
const mostSecondsOfDrawings = 12;
const source = 'the picture';

async function tryPictures({ folder, case: number, inputs, last }: Task): Promise<Answer> {
  const names = readdirSync(folder).sort();
  const name = names[number % names.length];
  if (name === undefined) throw new Error('there are no seeds');
  const seed = readFileSync(join(folder, name));
  const kind = name.split('.').at(-1) ?? name;
  const dice = new Dice('pictures', number);
  const tallies: Record<string, number> = {};
  const failures: string[] = [];
  let slowest = 0;
  for (let input = 0; input < inputs; input += 1) {
    const other = readFileSync(
      join(folder, dice.pick(dice.chance(0.5) ? names.filter((one) => one.endsWith(kind)) : names)),
    );
    const bytes = input === 0 ? seed : changedPicture(name, seed, dice, other);
    const options = { shape: dice.pick(shapes), invert: dice.chance(0.5) };
    writeFileSync(last, bytes);
    const before = process.cpuUsage();
    const result: unknown = await decodePicture(bytes, source, options).catch((error: unknown) => error);
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    slowest = Math.max(slowest, seconds);
    const outcome = `${kind}: ${result instanceof Error ? 'refused' : 'taken'}`;
    tallies[outcome] = (tallies[outcome] ?? 0) + 1;
    const found = [
      seconds > (kind === 'svg' ? mostSecondsOfDrawings : mostSeconds) ? `took ${seconds.toFixed(1)} s` : undefined,
      input === 0 && result instanceof Error && !name.startsWith('fixture-')
        ? `the seed is refused: ${result.message}`
        : undefined,
      result instanceof Error
        ? wrongWith(result)
        : await wrongIn(bytes, Object(result), await decodePicture(bytes, source, options), options.shape),
    ];
    for (const problem of found) if (problem !== undefined) failures.push(`${name}, input ${input}: ${problem}`);
    if (found.some((problem) => problem !== undefined) && process.env['ATELIER_SOAK_KEEP'] !== undefined)
      writeFileSync(join(process.env['ATELIER_SOAK_KEEP'], `${number}-${input}.${kind}`), bytes);
  }
  return { tallies, slowest, failures };
}

function wrongWith(error: Error): string | undefined {
  if (!(error instanceof AtelierError)) return `a raw error: ${error.stack?.slice(0, 600)}`;
  const { code, message } = error;
  if (code !== 'invalid-picture') return `an error of code ${code}: ${message.slice(0, 400)}`;
  if (message.length > longestMessage) return `a message of ${message.length} characters`;
  return message.includes(source) ? undefined : `a message that does not name the picture: ${message}`;
}

async function wrongIn(
  bytes: Buffer,
  one: PictureImage,
  again: PictureImage,
  { channels, height, width }: (typeof shapes)[number],
): Promise<string | undefined> {
  if (isDamagedPng(bytes)) return 'a PNG with a wrong checksum or without end is taken';
  const size = channels * height * width;
  if (one.pixels.length !== size) return `${one.pixels.length} levels, expected ${size}`;
  if (!Number.isInteger(one.frames) || one.frames < 1) return `${one.frames} frames`;
  const same = Buffer.compare(one.pixels, again.pixels) === 0 && one.lightGround === again.lightGround;
  return same ? undefined : 'read twice, it gives two images';
}

serve((task) => tryPictures(checked(task)));

function checked(task: unknown): Task {
  const { folder, case: number, inputs, last } = Object(task);
  if (
    typeof folder === 'string' &&
    typeof number === 'number' &&
    typeof inputs === 'number' &&
    typeof last === 'string'
  )
    return { folder, case: number, inputs, last };
  throw new Error('expected folders, the number of a case and that of its inputs');
}
