/** How campaigns run the program in the folder of a case, with the library of shim.c in it. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Running, start } from './program.ts';
import { type Call, type Fault, shimVariables } from './shim.ts';

/** A folder `work` for the program to run in, and others of its user's. */
export interface Case {
  readonly work: string;
  readonly temporary: string;
  /** Where the library writes what it saw. */
  readonly log: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Creates the folders of a case in an empty one. */
export function makeCase(folder: string): Case {
  const [work, temporary, home] = [join(folder, 'work'), join(folder, 'tmp'), join(folder, 'home')];
  for (const path of [work, temporary, home]) mkdirSync(path, { recursive: true });
  return { work, temporary, log: join(folder, 'calls'), variables: { TMPDIR: temporary, HOME: home } };
}

/** Starts the program in a case. */
export function startIn(place: Case, args: readonly string[]): Running {
  return start(args, place.work, [], place.variables);
}

/** Starts it with the library, which looks at these folders beside the case's. */
export function startFaulty(
  place: Case,
  args: readonly string[],
  library: string,
  fault: Fault | Pick<Fault, 'classes'>,
  more: readonly string[] = [],
): Running {
  const folders = [place.work, place.temporary, ...more];
  return start(args, place.work, [], { ...place.variables, ...shimVariables(library, folders, place.log, fault) });
}

/** What a command left in the folder for temporary files. */
export function temporaryNames({ temporary }: Case): readonly string[] {
  return readdirSync(temporary);
}

/** Calls of one class on one file, and how many there were. */
export interface Point {
  readonly class: string;
  /** What the paths of the calls have in common, whatever the process's id and the time are. */
  readonly match: string;
  readonly count: number;
}

/** What a process did with which file, so that a rare call is chosen as often as one of many. */
export function pointsOf(calls: readonly Call[], place: Case): readonly Point[] {
  const counts = new Map<string, Point>();
  for (const call of calls) {
    const match = commonPart(call.path, place);
    const key = `${call.class} ${match}`;
    counts.set(key, { class: call.class, match, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()];
}

function commonPart(path: string, { work, temporary }: Case): string {
  if (path.startsWith(temporary)) return '/tmp/';
  const inside = path.startsWith(work) ? `/work/${relative(work, path)}` : path;
  return inside.replace(/\.\d+-\d+\.partial$/, '').replace(/(events\.out\.tfevents\.|\/pictures\/\w+\/).*/, '$1');
}
