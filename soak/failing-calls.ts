import { cpSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { packageRoot } from '../src/files/package-root.ts';
import { Mt19937 } from '../src/random/mt19937.ts';
import type { Campaign, Trial } from './campaign.ts';
import { type Case, makeCase, type Point, startFaulty, startIn, temporaryNames } from './case.ts';
import { readingCommands, trainedRun, trainings, writingCommands } from './commands.ts';
import { complaintsOf } from './complaints.ts';
import type { Outcome } from './program.ts';
import { type CommandReference, namesOf, referencesIn, type TrainingReference } from './references.ts';
import { buildShim, type Call, type How, readCalls } from './shim.ts';
import { goingOn, resultOf } from './training.ts';
import { damage, differences, isAside, type Tree, treeOf, withoutRemoved } from './tree.ts';

/** What goes wrong, with the classes of calls to which it happens (see shim.ts). */
const faults: readonly (readonly [how: How, classes: string])[] = [
  ['ENOSPC', 'Own'],
  ['EDQUOT', 'Own'],
  ['EROFS', 'On'],
  ['EACCES', 'oOnl'],
  ['EMFILE', 'oO'],
  ['ENOMEM', 'oO'],
  ['EIO', 'oOrwscnl'],
  // Handled by libraries below the program, as they have to be.
  ['EINTR', 'oOrw'],
  ['short', 'rw'],
];
/** A fault of one call in so many stays: it happens to all calls of the same class on the same file from that one on. An
 * interrupt that stays would be waited for for ever, as it has to be. */
const staysEvery = 3;
const forGood = 1_000_000;

/** Everything but what Node itself reads to start. */
const elsewhere = ['/usr/share/datasets', join(packageRoot(), 'datasets'), join(packageRoot(), 'dist', 'web')];

/** Calls for files that fail. */
export const calls: Campaign = {
  name: 'calls',
  promise:
    'whatever call for a file fails, a command succeeds in spite of it, or ends with exit code 1 and one message that names the place and the reason; files are as they were or as they shall be, and the same command, or a resumed training, then ends in the same results',
  unit: 'failing calls',
  goal: 10_000,
  start: async (place) => {
    const library = buildShim(place.folder);
    const references = referencesIn(place.folder, library, 'oOrwscnl', elsewhere);
    const scenarios: readonly ((folder: string, chance: Mt19937) => Promise<Trial>)[] = [
      ...[...writingCommands, ...readingCommands].map(
        (command) => async (folder: string, chance: Mt19937) =>
          failCommand(await references.command(command), folder, library, chance),
      ),
      ...trainings.flatMap((training) => [
        async (folder: string, chance: Mt19937) =>
          failTraining(await references.training(training), training.begin, folder, library, chance),
        async (folder: string, chance: Mt19937) =>
          failTraining(await references.resumed(training), training.resume, folder, library, chance),
      ]),
    ];
    return {
      tryCase: async (number) => {
        const folder = join(place.folder, `case-${number}`);
        try {
          const scenario = scenarios[number % scenarios.length];
          if (scenario === undefined) throw new Error('there are no commands');
          return await scenario(folder, new Mt19937(number));
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      },
      close: async () => undefined,
    };
  },
};

/** What was done to a command and came of it. */
interface Failed {
  readonly outcome: Outcome;
  readonly how: How;
  /** The calls that failed. */
  readonly hits: readonly Call[];
  /** Whether the fault stayed. */
  readonly stays: boolean;
  readonly told: string;
}

/** Runs a command once while calls of it fail, then without, where it did anything. */
async function failCommand(
  { command, base, before, after, stdout, points }: CommandReference,
  folder: string,
  library: string,
  chance: Mt19937,
): Promise<Trial> {
  const at = makeCase(folder);
  cpSync(base, at.work, { recursive: true, preserveTimestamps: true });
  const failed = await failOnce(at, command.args, library, points, chance);
  const failures = [...complaintsOf(failed.outcome, reasonsFor(failed, at))];
  const found = withoutRemoved(treeOf(at.work));
  failures.push(...damage(found, before, after).map((one) => `afterwards ${one}`));
  failures.push(...leftovers(failed, at, Object.keys(found)));
  if (failed.outcome.code === 0) {
    failures.push(
      ...differences(withoutCache(found), withoutCache(after)).map((one) => `although it succeeded, ${one}`),
    );
    // A list says of what it cannot read why.
    const said = failed.outcome.stdout + failed.outcome.stderr;
    if (timeless(failed.outcome.stdout, at) !== timeless(stdout, at) && !said.includes(failed.how))
      failures.push(`although it succeeded, it printed '${failed.outcome.stdout}', expected '${stdout}'`);
  } else if (differences(found, before).length > 0 && differences(found, after).length > 0) {
    const again = await startIn(at, command.args).ended;
    if (again.code !== 0) failures.push(`run again it ended with ${again.code}: ${again.stderr}`);
    else failures.push(...differences(treeOf(at.work), after).map((one) => `run again, ${one}`));
  }
  return trialOf(command.name, failed, failures);
}

/** Runs a training while calls of it fail, lets it end without, and compares with one without faults. */
async function failTraining(
  { training, base, points, result, names }: TrainingReference,
  args: readonly string[],
  folder: string,
  library: string,
  chance: Mt19937,
): Promise<Trial> {
  const at = makeCase(folder);
  const run = join(at.work, trainedRun);
  cpSync(base, at.work, { recursive: true, preserveTimestamps: true });
  const failed = await failOnce(at, args, library, points, chance);
  const failures = [...complaintsOf(failed.outcome, reasonsFor(failed, at))];
  failures.push(...leftovers(failed, at, Object.keys(treeOf(at.work))));
  if (failed.outcome.code !== 0) {
    const last = await startIn(at, goingOn(run, training.begin, training.resume)).ended;
    if (last.code !== 0) failures.push(`then ended with ${last.code}: ${last.stderr}`);
  }
  if (failures.length === 0) {
    const found = await resultOf(run);
    if (JSON.stringify(found) !== JSON.stringify(result))
      failures.push(`expected ${JSON.stringify(result)}, found ${JSON.stringify(found)}`);
    const left = namesOf(treeOf(run));
    // A log that cannot be written ends no training.
    const missing = names.filter((name) => !left.includes(name) && name !== 'log.ndjson');
    const more = left.filter((name) => !names.includes(name) && !isAside(name));
    if (missing.length + more.length > 0)
      failures.push(`missing: ${missing.join(', ')}; left over: ${more.join(', ')}`);
  }
  return trialOf(args.join(' '), failed, failures);
}

/** Starts the program and lets one of its calls fail, and perhaps all like it after that. */
async function failOnce(
  at: Case,
  args: readonly string[],
  library: string,
  points: readonly Point[],
  chance: Mt19937,
): Promise<Failed> {
  const possible = faults.filter(([, classes]) => points.some((point) => classes.includes(point.class)));
  const [how, classes] = chosen(possible, chance);
  const point = chosen(
    points.filter((one) => classes.includes(one.class)),
    chance,
  );
  const number = 1 + (chance.nextUint32() % point.count);
  const stays = chance.nextUint32() % staysEvery === 0 && how !== 'EINTR';
  const fault = { classes: point.class, match: point.match, at: number, times: stays ? forGood : 1, how };
  const outcome = await startFaulty(at, args, library, fault, elsewhere).ended;
  const hits = readCalls(at.log).filter(({ hit }) => hit);
  const told = `${how} of the ${hits[0]?.name ?? 'call'} no. ${number}${stays ? ' and all after it' : ''} of '${point.match}'`;
  return { outcome, how, hits, stays, told };
}

function chosen<T>(from: readonly T[], chance: Mt19937): T {
  const found = from[chance.nextUint32() % from.length];
  if (found === undefined) throw new Error('nothing to choose from');
  return found;
}

/** What a message must hold: the file, or a folder on the way to it, and the reason. */
function reasonsFor({ how, hits }: Failed, at: Case) {
  const path = (hits[0]?.path ?? '').replace(/\.\d+-\d+\.partial$/, '');
  const inside = path.startsWith(at.work)
    ? relative(at.work, path).split(sep)
    : [basename(path), basename(dirname(path))];
  const places = path.startsWith(at.temporary) ? [at.temporary] : inside;
  // What the runtime itself cannot write to temporary files has no reason.
  return { places, reason: path.startsWith(at.temporary) ? '' : how };
}

/** A command that goes on after a failure cleans up, unless it cannot. */
function leftovers({ hits, stays }: Failed, at: Case, paths: readonly string[]): readonly string[] {
  const cannotRemove = hits.some(
    ({ name }) => name === 'unlink' || name === 'rmdir' || name === 'scandir' || (stays && name === 'stat'),
  );
  if (cannotRemove) return [];
  // A lock that cannot be read is not removed: it might be another's. Once its process has ended it holds nobody up.
  const asides = paths.filter(
    (path) => isAside(path) && !(path.endsWith('.lock') && hits.some((hit) => hit.path.endsWith('.lock'))),
  );
  return [...asides, ...temporaryNames(at)].map((name) => `'${name}' is left over`);
}

/** What is printed, whenever, how fast and in the folder of which case. */
function timeless(text: string, { work }: Case): string {
  const parent = dirname(dirname(work));
  return text
    .replaceAll(/\d+(\.\d+)? ?(s|images\/s)\b|\d+\.\d+/g, 'N')
    .replaceAll(new RegExp(`${parent}/[\\w-]+`, 'g'), 'CASE');
}

/** Where the cache cannot be written, pictures are decoded each time. */
function withoutCache(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !/^artifacts(\/cache(\/|$)|$)/.test(path)));
}

function trialOf(name: string, { outcome, how, hits, told }: Failed, failures: readonly string[]): Trial {
  const call = hits[0]?.name ?? 'none';
  const end =
    outcome.code === 0
      ? 'done in spite of'
      : outcome.code === 1
        ? 'refused with'
        : `${outcome.signal ?? outcome.code} after`;
  return {
    count: hits.length,
    tallies: hits.length === 0 ? { 'not reached': 1 } : { [`${end} ${how} of ${call}`]: 1 },
    failures: failures.map((failure) => `${name}; ${told}: ${failure}`),
  };
}
