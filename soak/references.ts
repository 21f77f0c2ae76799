/** What commands do and leave where nothing goes wrong: what campaigns compare with. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { makeCase, type Point, pointsOf, startFaulty } from './case.ts';
import { type Command, drawPictures, type Training, trainedRun, trainRuns } from './commands.ts';
import { atelier, type Outcome } from './program.ts';
import { readCalls } from './shim.ts';
import { type Result, resultOf } from './training.ts';
import { type Tree, treeOf } from './tree.ts';

export interface TrainingReference {
  readonly training: Training;
  /** The folder before it, to be copied. */
  readonly base: string;
  readonly points: readonly Point[];
  readonly result: Result;
  readonly names: readonly string[];
}

export interface CommandReference {
  readonly command: Command;
  /** The folder before it, to be copied. */
  readonly base: string;
  readonly before: Tree;
  readonly after: Tree;
  readonly stdout: string;
  readonly points: readonly Point[];
  readonly milliseconds: number;
}

export interface References {
  /** Of a training from its beginning. */
  training(training: Training): Promise<TrainingReference>;
  /** Of one that goes on in the midst of its second epoch. */
  resumed(training: Training): Promise<TrainingReference>;
  command(command: Command): Promise<CommandReference>;
}

/** Steps after which a training is stopped to be resumed; it has three an epoch. */
const stepsBefore = '4';

/**
 * Finds out what happens where nothing goes wrong, once for each command when it is first asked for.
 *
 * @param classes of calls that are to be known, letters as in shim.ts
 * @param elsewhere folders beside the case's in which calls are to be known
 */
export function referencesIn(
  parent: string,
  library: string,
  classes: string,
  elsewhere: readonly string[] = [],
): References {
  const folder = join(parent, 'reference');
  const [withRuns, withoutRuns] = [join(parent, 'runs'), join(parent, 'nothing')];
  const drawn = lazily(() => drawPictures(withoutRuns));
  const trained = lazily(() => trainRuns(withRuns));
  const ofTrainings = new Map<string, () => Promise<TrainingReference>>();
  const ofCommands = new Map<string, () => Promise<CommandReference>>();

  const observed = async (base: string, args: readonly string[], what: string) => {
    await drawn();
    const at = makeCase(folder);
    cpSync(base, at.work, { recursive: true, preserveTimestamps: true });
    const began = performance.now();
    const { stdout } = ended(await startFaulty(at, args, library, { classes }, elsewhere).ended, what);
    const milliseconds = performance.now() - began;
    return { at, stdout, milliseconds, points: pointsOf(readCalls(at.log), at) };
  };
  const training = async (one: Training, base: string, args: readonly string[]): Promise<TrainingReference> => {
    const { at, points } = await observed(base, args, one.name);
    const run = join(at.work, trainedRun);
    const reference = { training: one, base, points, result: await resultOf(run), names: namesOf(treeOf(run)) };
    rmSync(folder, { recursive: true });
    return reference;
  };
  const once = <T>(known: Map<string, () => Promise<T>>, name: string, find: () => Promise<T>): Promise<T> => {
    const found = known.get(name) ?? lazily(find);
    known.set(name, found);
    return found();
  };
  return {
    training: (one) => once(ofTrainings, one.name, () => training(one, withoutRuns, one.begin)),
    resumed: (one) =>
      once(ofTrainings, `resumed: ${one.name}`, async () => {
        const base = join(parent, `begun-${ofTrainings.size}`);
        await drawn();
        cpSync(withoutRuns, base, { recursive: true });
        ended(await atelier([...one.begin, '--max-steps', stepsBefore], base), one.name);
        return training(one, base, one.resume);
      }),
    command: (command) =>
      once(ofCommands, command.name, async () => {
        const base = command.needsRuns ? withRuns : withoutRuns;
        if (command.needsRuns) await trained();
        const { at, ...seen } = await observed(base, command.args, command.name);
        const reference = { command, base, before: treeOf(base), after: treeOf(at.work), ...seen };
        rmSync(folder, { recursive: true });
        return reference;
      }),
  };
}

/** Does something when it is first asked for, once. */
function lazily<T>(work: () => Promise<T>): () => Promise<T> {
  let begun: Promise<T> | undefined;
  return () => {
    begun ??= work();
    return begun;
  };
}

function ended(outcome: Outcome, what: string): Outcome {
  if (outcome.code !== 0) throw new Error(`${what}: uninterrupted, it ended with ${outcome.code}: ${outcome.stderr}`);
  return outcome;
}

/** The files of a run but for TensorBoard's, which have the time in their names: each part of the run has one of its own. */
export function namesOf(tree: Tree): readonly string[] {
  return Object.keys(tree).filter((path) => !path.includes('events.out.tfevents'));
}
