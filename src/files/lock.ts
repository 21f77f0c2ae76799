import { randomUUID } from 'node:crypto';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AtelierError, hasCode } from '../errors.ts';
import { type Holder, isAlive, isThisProcess, parseHolder, thisProcess } from './holder.ts';
import { fileProblem } from './problems.ts';
import { byteLimits, readRegularSync } from './regular.ts';

/** Gives a lock back. Calling it again does nothing. */
export type ReleaseLock = () => void;

/** The lock's file in the locked folder; its content names the holder. */
export const lockFileName = '.lock';

/** A lock file without a whole holder is one being written this instant, or its writer was killed in that instant. */
const tornAfterMilliseconds = 1000;
const pollMilliseconds = 20;
const patienceMilliseconds = 5000;

/**
 * Locks a folder for this process, so that two trainings never write the same run. The lock is a file that names its
 * holder (process id, start time, host); there is no heartbeat, so a long training step can neither lose it nor be kept
 * waiting, and the lock of a process that was killed is recognised as dead and taken over at once.
 *
 * Why not the package proper-lockfile (4.1.2): it judges by the file's age alone (two seconds at least), so a lock either
 * outlives its killed holder or is stolen from one whose event loop is busy, and it cannot say who holds it.
 *
 * @param directory an existing folder
 * @returns a function that releases the lock; so does the process when it exits; a signal that kills it leaves a dead lock
 * @throws AtelierError where a living process, or one on another machine, holds it, or the folder cannot be written
 */
export async function acquireLock(directory: string): Promise<ReleaseLock> {
  const path = join(directory, lockFileName);
  const result = await tryLock(path);
  if (typeof result === 'function') {
    removeDeadClaim(path);
    return result;
  }
  const { pid, host, since } = result;
  const advice = isThisProcess(result)
    ? 'It is this very process: release the first lock before taking a second.'
    : `Wait for that process or stop it. If it is certain to be gone, delete '${path}'.`;
  throw new AtelierError(
    `the folder '${directory}' is in use: it was locked by process ${pid} on ${host} at ${since}. ${advice}`,
    { code: 'folder-in-use' },
  );
}

/** Whether a living process, or one on another machine, holds a folder's lock. */
export function isLocked(directory: string): boolean {
  return typeof stateOf(join(directory, lockFileName)) === 'object';
}

/** The release function, or who holds the lock. */
async function tryLock(path: string): Promise<ReleaseLock | Holder> {
  const giveUp = performance.now() + patienceMilliseconds;
  let tornSince: number | undefined;
  while (performance.now() < giveUp) {
    const release = create(path);
    if (release !== undefined) return release;
    const state = stateOf(path);
    if (typeof state === 'object') return state;
    // By a clock of our own: the file's time may lie in the future.
    tornSince = state === 'starting' ? (tornSince ?? performance.now()) : undefined;
    const isTorn = tornSince !== undefined && performance.now() - tornSince > tornAfterMilliseconds;
    if (state === 'dead' || isTorn) await removeDead(path, isTorn);
    else if (state === 'starting') await sleep(pollMilliseconds);
  }
  throw new AtelierError(
    `cannot take over the abandoned lock '${path}': it is still in the way after ${patienceMilliseconds / 1000} s. If no other process uses the folder, delete that file.`,
    { code: 'folder-in-use' },
  );
}

/** Exclusive creation decides who has the lock: of any number of processes the file system lets one succeed. */
function create(path: string): ReleaseLock | undefined {
  const content = JSON.stringify({ ...thisProcess, since: new Date().toISOString(), token: randomUUID() });
  try {
    writeFileSync(path, content, { flag: 'wx' });
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return undefined;
    // Created, but the disk is full: an empty lock would block others for a while. Where even creation failed there
    // is nothing of ours to remove.
    if (hasCode(error, 'ENOSPC', 'EDQUOT', 'EIO')) rmSync(path, { force: true });
    throw fileProblem('create the lock', path, error);
  }
  const release = (): void => {
    process.off('exit', release);
    try {
      // Someone may have deleted the lock by hand and taken a new one: that is not ours to remove.
      if (readRaw(path) === content) rmSync(path, { force: true });
    } catch {
      // It stays, and is dead once this process has ended; whatever went wrong before is what somebody must hear of.
    }
  };
  process.on('exit', release);
  return release;
}

/**
 * Removes a dead process's lock. Two processes may have judged it dead at once, and the slower must not remove what the
 * faster has put in its place: so removal is done under a lock of its own, after a second look.
 *
 * @param isTorn whether it was watched for so long that nobody is writing it any more
 */
async function removeDead(path: string, isTorn: boolean): Promise<void> {
  const claim = await tryLock(claimOf(path));
  if (typeof claim !== 'function') return sleep(pollMilliseconds);
  try {
    const state = stateOf(path);
    if (state === 'dead' || (isTorn && state === 'starting')) rmSync(path, { force: true });
  } finally {
    claim();
  }
}

/** The lock under which a dead lock is removed. */
function claimOf(path: string): string {
  return `${path}.takeover`;
}

/**
 * Removes what a process left that was killed while it removed a dead lock. Whoever holds the lock itself may: should another
 * have claimed its removal in this instant, that one's second look finds the lock to be alive.
 */
function removeDeadClaim(path: string): void {
  try {
    if (stateOf(claimOf(path)) === 'dead') rmSync(claimOf(path), { force: true });
  } catch {
    // It is in nobody's way: the next takeover replaces it.
  }
}

/** The living holder, or what else is found at the lock's path. */
function stateOf(path: string): Holder | 'absent' | 'starting' | 'dead' {
  const text = readRaw(path);
  if (text === undefined) return 'absent';
  const holder = parseHolder(text);
  if (holder !== undefined) return isAlive(holder) ? holder : 'dead';
  const written = statSync(path, { throwIfNoEntry: false });
  if (written === undefined) return 'absent';
  return Date.now() - written.mtimeMs > tornAfterMilliseconds ? 'dead' : 'starting';
}

function readRaw(path: string): string | undefined {
  try {
    return readRegularSync(path, byteLimits.note, 'read the lock').toString('utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw fileProblem('read the lock', path, error);
  }
}
