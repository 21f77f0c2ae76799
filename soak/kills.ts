import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Mt19937 } from '../src/random/mt19937.ts';
import type { Campaign, Trial } from './campaign.ts';
import { type Case, makeCase, type Point, startFaulty, startIn, temporaryNames } from './case.ts';
import { profiled, trainedRun, trainings, writingCommands } from './commands.ts';
import type { Outcome } from './program.ts';
import { type CommandReference, namesOf, referencesIn, type TrainingReference } from './references.ts';
import { buildShim, callClasses, changing, type Fault, readCalls } from './shim.ts';
import { goingOn, killAtMoment, resultOf } from './training.ts';
import { damage, differences, treeOf, withoutRemoved } from './tree.ts';

/** Of a training, before it is let to its end. */
const killsOfTraining = 3;
/** Every so many kills one is at any moment, the others at a call for a file: before, half-way or after. */
const momentEvery = 4;
/** Every so many trainings one is profiled, which takes as long as ten. */
const profiledEvery = 16;
/** A write alone has a half. */
const waysToKill = ['kill-before', 'kill-half', 'kill-after'] as const;

/** SIGKILL for every command that writes, at calls for files and between them. */
export const kills: Campaign = {
  name: 'kills',
  promise:
    'a training killed at any moment or file operation resumes to the bytes of an uninterrupted one; any other command killed leaves every file as it was or as it shall be, and its next run makes the same files and leaves nothing else',
  unit: 'kills',
  goal: 1_000,
  start: async (place) => {
    const library = buildShim(place.folder);
    const references = referencesIn(place.folder, library, changing);
    return {
      tryCase: async (number) => {
        const folder = join(place.folder, `case-${number}`);
        const chance = new Mt19937(number);
        const half = Math.floor(number / 2);
        try {
          if (number % 2 === 1) {
            const command = writingCommands[half % writingCommands.length];
            if (command !== undefined)
              return await killCommand(await references.command(command), folder, library, chance);
          }
          const training = half % profiledEvery === profiledEvery - 1 ? profiled : trainings[half % trainings.length];
          return await killTraining(await references.training(training ?? profiled), folder, library, chance);
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      },
      close: async () => undefined,
    };
  },
};

/** Kills a training some times, lets it end, and compares with one that nobody killed. */
async function killTraining(
  { training, base, points, result, names }: TrainingReference,
  folder: string,
  library: string,
  chance: Mt19937,
): Promise<Trial> {
  const at = makeCase(folder);
  cpSync(base, at.work, { recursive: true });
  const run = join(at.work, trainedRun);
  const told = [training.name];
  const tallies: Record<string, number> = {};
  const failures: string[] = [];
  let killed = 0;
  for (let i = 0; i < killsOfTraining; i++) {
    const args = goingOn(run, training.begin, training.resume);
    const { outcome, how } = await killOnce(at, args, library, points, chance, async (process) => {
      // The first kill falls anywhere in the preparation, others after some checkpoints, at any point of a step.
      const checkpoints = i === 0 ? 0 : chance.nextUint32() % 3;
      const delay = chance.nextUint32() % (checkpoints === 0 ? 1_500 : 60);
      await killAtMoment(process, run, checkpoints, delay);
      return `${delay} ms after ${checkpoints} checkpoints`;
    });
    told.push(`killed ${how}`);
    if (outcome.signal === 'SIGKILL') {
      killed += 1;
      count(tallies, `of trainings, ${kindOf(how)}`);
    } else if (outcome.code !== 0) failures.push(`ended with ${outcome.code}: ${outcome.stderr}`);
  }
  const last = await startIn(at, goingOn(run, training.begin, training.resume)).ended;
  if (last.code !== 0) failures.push(`then ended with ${last.code}: ${last.stderr}`);
  else {
    const found = await resultOf(run);
    if (JSON.stringify(found) !== JSON.stringify(result))
      failures.push(`expected ${JSON.stringify(result)}, found ${JSON.stringify(found)}`);
    const left = namesOf(treeOf(run));
    // A profile is made before the first step of a training and not again.
    const expected = names.filter((name) => !name.startsWith('profile') || left.includes(name));
    if (left.join() !== expected.join())
      failures.push(`expected the files ${expected.join(', ')}, found ${left.join(', ')}`);
    // The trace of a profile stays until the next profile: what resumes a training makes none.
    const temporary = temporaryNames(at).filter((name) => !name.startsWith('atelier-trace-'));
    failures.push(...temporary.map((name) => `'${name}' is left in the folder for temporary files`));
  }
  return { count: killed, tallies, failures: failures.map((failure) => `${told.join('; ')}: ${failure}`) };
}

/** Kills a command once and runs it again. */
async function killCommand(
  { command, base, before, after, points, milliseconds }: CommandReference,
  folder: string,
  library: string,
  chance: Mt19937,
): Promise<Trial> {
  const at = makeCase(folder);
  cpSync(base, at.work, { recursive: true, preserveTimestamps: true });
  const { outcome, how } = await killOnce(at, command.args, library, points, chance, async (process) => {
    const delay = chance.nextUint32() % Math.ceil(milliseconds);
    await sleep(delay);
    process.signal('SIGKILL');
    return `after ${delay} ms`;
  });
  const failures = damage(withoutRemoved(treeOf(at.work)), before, after).map((one) => `after the kill ${one}`);
  if (outcome.signal !== 'SIGKILL' && outcome.code !== 0)
    failures.push(`ended with ${outcome.code}: ${outcome.stderr}`);
  if (differences(withoutRemoved(treeOf(at.work)), after).length > 0) {
    const again = await startIn(at, command.args).ended;
    if (again.code !== 0) failures.push(`run again it ended with ${again.code}: ${again.stderr}`);
    else failures.push(...differences(treeOf(at.work), after).map((one) => `run again, ${one}`));
    failures.push(
      ...temporaryNames(at).map((name) => `run again, '${name}' is left in the folder for temporary files`),
    );
  }
  const killed = outcome.signal === 'SIGKILL';
  return {
    count: killed ? 1 : 0,
    tallies: killed ? { [`of other commands, ${kindOf(how)}`]: 1 } : {},
    failures: failures.map((failure) => `${command.name}; killed ${how}: ${failure}`),
  };
}

/** Starts the program and kills it at a call or at a moment. Says which. */
async function killOnce(
  at: Case,
  args: readonly string[],
  library: string,
  points: readonly Point[],
  chance: Mt19937,
  atMoment: (process: ReturnType<typeof startIn>) => Promise<string>,
): Promise<{ readonly outcome: Outcome; readonly how: string }> {
  const point = points[chance.nextUint32() % points.length];
  if (point === undefined || chance.nextUint32() % momentEvery === 0) {
    const process = startIn(at, args);
    const how = await atMoment(process);
    return { outcome: await process.ended, how };
  }
  const kinds = point.class === callClasses.write ? waysToKill : waysToKill.filter((way) => way !== 'kill-half');
  const how = kinds[chance.nextUint32() % kinds.length] ?? 'kill-before';
  const fault: Fault = {
    classes: point.class,
    match: point.match,
    at: 1 + (chance.nextUint32() % point.count),
    times: 1,
    how,
  };
  rmSync(at.log, { force: true });
  const outcome = await startFaulty(at, args, library, fault).ended;
  const call = readCalls(at.log).find(({ hit }) => hit);
  const when = { 'kill-before': 'before', 'kill-half': 'half-way through', 'kill-after': 'after' }[how];
  return { outcome, how: `${when} the ${call?.name ?? 'call'} no. ${fault.at} of '${point.match}'` };
}

/** `before a rename`, or `at any moment`. */
function kindOf(how: string): string {
  const found = /^(before|half-way through|after) the (\w+)/.exec(how);
  return found === null ? 'at any moment' : `${found[1]} ${found[2]}`;
}

function count(tallies: Record<string, number>, name: string): void {
  tallies[name] = (tallies[name] ?? 0) + 1;
}
