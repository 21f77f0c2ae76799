import { cpSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join, sep } from 'node:path';
import { packageRoot } from '../src/files/package-root.ts';
import { Mt19937 } from '../src/random/mt19937.ts';
import { readTrace, type TracedCall, tracing } from './traced-calls.ts';
import type { Campaign, Trial } from './campaign.ts';
import { atelier } from './program.ts';

const machine = ['--device', 'cpu'] as const;
const little = [...machine, '--limit-train', '50', '--limit-val', '20', '--batch-size', '20', '--epochs', '1'] as const;

type Choose = <T>(...choices: readonly T[]) => T;

/** Every command, with options as chance has them; `done` and `other` are trained runs. */
const commands: readonly ((choose: Choose) => readonly string[])[] = [
  (choose) => {
    const model = choose('m1', 'm2', 'resnet9');
    const target = choose(['--target', 'portable'], ['--checkpoint-every', '1'], ['--tensorboard'], ['--augmentation']);
    return ['train', model, ...little, ...target, '--run', 'new', ...choose([], ['--seed', '7'])];
  },
  () => ['train', 'm1', '--resume', '--run', 'done', '--epochs', '2'],
  () => ['train', 'm1', ...little, '--init-from', join('done', 'checkpoints', 'best.safetensors'), '--run', 'new'],
  (choose) => ['evaluate', 'done', '--split', choose('test', 'validation'), ...choose([], ['--out', 'told'])],
  (choose) => ['compare', 'done', 'other', ...choose([], ['--json'])],
  (choose) => ['report', 'done', ...choose([], ['other']), '--out', 'reported'],
  (choose) => ['activations', 'done', '--images', '0-3', '--out', 'maps', ...choose([], ['--raw'])],
  (choose) => [
    'export',
    'done',
    '--format',
    choose('onnx', 'onnx-fp16', 'onnx-int8', 'ort', 'safetensors', 'tfjs', 'web'),
    ...choose([], ['--verify']),
  ],
  () => ['predict', 'done', '0', '1'],
  (choose) => ['graphs', choose('m1', 'm2'), '--out', 'graphs', ...choose([], ['--text'])],
  (choose) => ['summary', choose('m1', 'm2', 'resnet18', 'vit-tiny')],
  () => ['data', '--offline'],
  () => ['runs', 'done', 'other'],
  () => ['runs', 'other', '--remove', '--yes'],
];

/** What a process may write to wherever it is. */
const harmless = ['/dev/null', '/dev/tty'];
/** What a command may run: itself, and git for the program's own revision. */
const programs = /\/(node|git)$/;
const system = ['/usr', '/lib', '/lib64', '/etc', '/proc', '/sys', '/dev', '/var'];

/** Every command under strace: what it opens, changes, runs and connects to. */
export const files: Campaign = {
  name: 'files',
  promise:
    'no command changes a file outside the folders that it was given, leaves one in that for temporary files, reads what it was not given, or opens a socket',
  unit: 'commands',
  goal: 500,
  start: async (place) => {
    const base = join(realpathSync(place.folder), 'base');
    mkdirSync(base);
    for (const [run, ...more] of [['done'], ['other', '--seed', '7']] as const)
      await succeed(['train', 'm1', ...little, ...more, '--run', run], base);
    return {
      tryCase: async (number) => {
        const folder = join(realpathSync(place.folder), `case-${number}`);
        try {
          return await traceCommand(base, folder, number);
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      },
      close: async () => undefined,
    };
  },
};

async function succeed(args: readonly string[], folder: string): Promise<void> {
  const { code, stderr } = await atelier([...args, '--quiet'], folder);
  if (code !== 0) throw new Error(`atelier ${args.join(' ')} failed with ${code}: ${stderr}`);
}

async function traceCommand(base: string, folder: string, number: number): Promise<Trial> {
  const chance = new Mt19937(number);
  const choose: Choose = (...choices) => {
    const [choice = choices[0]] = choices.slice(chance.nextUint32() % choices.length);
    if (choice === undefined) throw new Error('nothing to choose from');
    return choice;
  };
  const args = [...(commands[number % commands.length]?.(choose) ?? []), '--quiet'];
  const [work, temporary, home] = [join(folder, 'work'), join(folder, 'tmp'), join(folder, 'home')];
  for (const path of [temporary, home]) mkdirSync(path, { recursive: true });
  cpSync(base, work, { recursive: true, preserveTimestamps: true });
  const log = join(folder, 'calls');
  const outcome = await atelier(args, work, tracing(log), { TMPDIR: temporary, HOME: home });
  const failures: string[] = [];
  if (outcome.code !== 0) failures.push(`it ended with ${outcome.signal ?? outcome.code}: ${outcome.stderr}`);
  const calls = readTrace(log, work);
  const tallies: Record<string, number> = {};
  const count = (what: string) => {
    tallies[what] = (tallies[what] ?? 0) + 1;
  };
  for (const call of calls) {
    const { what, failure } = judge(call, { work, temporary, home });
    if (failure !== undefined) failures.push(failure);
    count(what);
  }
  if (!calls.some(({ kind }) => kind === 'read')) failures.push('nothing was traced');
  failures.push(...readdirSync(temporary).map((name) => `'${name}' is left in the folder for temporary files`));
  failures.push(...readdirSync(home).map((name) => `'${name}' is left in the home folder`));
  return {
    count: 1,
    tallies,
    failures: [...new Set(failures)].map((failure) => `atelier ${args.join(' ')}: ${failure}`),
  };
}

interface Folders {
  readonly work: string;
  readonly temporary: string;
  readonly home: string;
}

/** What a call was, in words that are counted, and what is wrong with it. */
function judge(
  call: TracedCall,
  { work, temporary, home }: Folders,
): { readonly what: string; readonly failure?: string } {
  switch (call.kind) {
    case 'socket': {
      const what = `${call.call} of ${call.family}`;
      return { what, failure: `it called ${what}` };
    }
    case 'program':
      if (programs.test(call.path) || call.failed) return { what: 'program run' };
      return { what: 'other program run', failure: `it ran '${call.path}'` };
    case 'write':
      if (isIn(call.path, work)) return { what: 'changed in the working folder' };
      if (isIn(call.path, temporary)) return { what: 'changed in the folder for temporary files' };
      if (harmless.includes(call.path)) return { what: 'changed: /dev/null or the terminal' };
      return { what: 'changed elsewhere', failure: `${call.call} of '${call.path}'` };
    case 'read': {
      if (isIn(call.path, work) || isIn(call.path, temporary)) return { what: 'read in the working folder' };
      if (isIn(call.path, packageRoot())) return { what: 'read of the program' };
      if (system.some((folder) => isIn(call.path, folder))) return { what: 'read of the system and the data set' };
      if (call.path.includes(`${sep}.git${sep}`)) return { what: "read by git for the program's revision" };
      // Settings of fontconfig and the like are looked for there, and folders above are searched for a package.json.
      if (call.failed)
        return { what: isIn(call.path, home) ? 'looked for in the home folder' : 'looked for elsewhere' };
      return { what: 'read elsewhere', failure: `it read '${call.path}'` };
    }
  }
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}
