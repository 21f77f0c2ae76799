/** Trainings that are interrupted, and what must not depend on that. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readHistory } from '../src/training/history.ts';
import type { Running } from './program.ts';
import { sha256 } from './tree.ts';
import { until } from './waiting.ts';

export function checkpointOf(run: string, which: 'last' | 'best' = 'last'): string {
  return join(run, 'checkpoints', `${which}.safetensors`);
}

/** What must not depend on interruptions: both checkpoints' bytes and the history but for its times. */
export async function resultOf(run: string) {
  const history = await readHistory(join(run, 'history.jsonl'));
  return {
    last: sha256(checkpointOf(run, 'last')),
    best: sha256(checkpointOf(run, 'best')),
    history: history.map(({ epoch, train, validation, lr }) => ({ epoch, train, validation, lr })),
  };
}

export type Result = Awaited<ReturnType<typeof resultOf>>;

/** What goes on with a run that may have been interrupted before it had begun: resumes it, or begins it anew. */
export function goingOn(run: string, begin: readonly string[], resume: readonly string[]): readonly string[] {
  return existsSync(join(run, 'config.json')) ? resume : begin;
}

/** Kills a training so many milliseconds after so many checkpoints, or finds that it is over by then. */
export async function killAtMoment(process: Running, run: string, checkpoints: number, delay: number): Promise<void> {
  await until(() => process.isOver() || existsSync(run));
  for (let n = 0; n < checkpoints; n++) await nextCheckpoint(run, process.isOver);
  await sleep(delay);
  process.signal('SIGKILL');
}

/** Resolves when the last checkpoint has been replaced, or when the process has ended. */
export async function nextCheckpoint(run: string, isOver: () => boolean): Promise<void> {
  const before = inodeOf(checkpointOf(run));
  await until(() => isOver() || inodeOf(checkpointOf(run)) !== before);
}

/** A file that is replaced by renaming gets another inode and another time. */
function inodeOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? 'none' : `${found.ino} ${found.mtimeMs}`;
}
