import { open, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { hasCode } from '../errors.ts';
import { fileProblem } from '../files/problems.ts';
import { byteLimits, readRegular } from '../files/regular.ts';
import { encodeEvent, recordedValues, type SummaryValue } from './event-messages.ts';
import { frameRecord, wholeRecords } from './records.ts';

/** TensorBoard looks for this in file names, and reads the files of a folder in the order of their names. */
const prefix = 'events.out.tfevents.';
const numbered = /^events\.out\.tfevents\.(\d{10})\./;
/** What TensorFlow writes first into each file since its first release. */
const fileVersion = 'brain.Event:2';

/**
 * The event files of one folder. Each process that writes begins a file of its own; what an earlier one holds already, at
 * the same step, is not written again.
 */
export class EventFolder {
  readonly #directory: string;
  readonly #recorded: Set<string>;
  /** The highest number of a file that was there. */
  readonly #last: number;
  #file: string | undefined;

  private constructor(directory: string, recorded: Set<string>, last: number) {
    this.#directory = directory;
    this.#recorded = recorded;
    this.#last = last;
  }

  /**
   * Looks through what is there. Nothing is written before the first value.
   *
   * @throws AtelierError where the folder or one of its event files cannot be read
   */
  static async open(directory: string): Promise<EventFolder> {
    const recorded = new Set<string>();
    let names: readonly string[];
    try {
      names = (await readdir(directory)).filter((name) => name.startsWith(prefix));
      for (const name of names)
        for (const record of wholeRecords(await readRegular(join(directory, name), byteLimits.tensors)))
          for (const { tag, step } of recordedValues(record)) recorded.add(keyOf(tag, step));
    } catch (error) {
      throw fileProblem('read the event files in', directory, error);
    }
    const numbers = names.map((name) => Number(numbered.exec(name)?.[1] ?? 0));
    return new EventFolder(directory, recorded, Math.max(0, ...numbers));
  }

  /** True where a value of that name and step is in one of the files. */
  has(tag: string, step: number): boolean {
    return this.#recorded.has(keyOf(tag, step));
  }

  /**
   * Appends values as one event, without those that are there already, and syncs.
   *
   * @throws AtelierError where it cannot be written; then the file is as it was
   */
  async add(step: number, values: readonly SummaryValue[]): Promise<void> {
    const added = values.filter(({ tag }) => !this.has(tag, step));
    if (added.length === 0) return;
    try {
      this.#file ??= await createFile(this.#directory, this.#last);
      await append(this.#file, encodeEvent({ wall_time: Date.now() / 1000, step, summary: { value: added } }));
    } catch (error) {
      throw fileProblem('write the event file in', this.#directory, error, 'What was there before is unchanged');
    }
    for (const { tag } of added) this.#recorded.add(keyOf(tag, step));
  }
}

function keyOf(tag: string, step: number): string {
  return `${step} ${tag}`;
}

/**
 * A new file `events.out.tfevents.<seconds>.<host>`, read after the others: its seconds are more than `last`, also where the
 * clock has gone back since then, and two begun within a second differ in them.
 */
async function createFile(directory: string, last: number): Promise<string> {
  const now = Date.now() / 1000;
  for (let seconds = Math.max(Math.floor(now), last + 1); ; seconds += 1) {
    const path = join(directory, `${prefix}${String(seconds).padStart(10, '0')}.${hostname()}`);
    try {
      await (await open(path, 'wx')).close();
    } catch (error) {
      if (hasCode(error, 'EEXIST')) continue;
      throw error;
    }
    await append(path, encodeEvent({ wall_time: now, file_version: fileVersion }));
    return path;
  }
}

async function append(path: string, event: Uint8Array): Promise<void> {
  const file = await open(path, 'a');
  try {
    const { size } = await file.stat();
    try {
      await file.appendFile(frameRecord(event));
      await file.sync();
    } catch (error) {
      await file.truncate(size).catch(() => undefined);
      throw error;
    }
  } finally {
    await file.close();
  }
}
