/** What signals, and terminals that go away, do to a training whose steps are long. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { until } from '../../soak/waiting.ts';
import { packageRoot } from '../../src/files/package-root.ts';
import { readCheckpoint } from '../../src/training/checkpoint.ts';
import { workFolder } from './folders.ts';
import { logOf, type Outcome, type Running, start, succeed } from './program.ts';
import { checkpointOf, quick } from './settings.ts';

const work = workFolder();
const sizes = ['--limit-train', '2048', '--limit-val', '64', '--batch-size', '64', '--steps-per-call', '4'];
const long = ['train', 'm2', ...sizes, '--device', 'cpu'];

/** Trains Model 2 in calls of many steps; resolves once the first of them may be at work. */
async function underway(run: string, around: readonly string[] = []): Promise<Running> {
  const training = start([...long, '--run', run], work, around);
  await until(() => training.isOver() || training.stderr().includes('"msg":"training m2'));
  return training;
}

/** Sends the signals while a call of the runtime is at work. */
async function interrupted(run: string, ...signals: readonly NodeJS.Signals[]): Promise<Outcome> {
  const training = await underway(run);
  for (const signal of signals) {
    const before = training.stderr().length;
    training.signal(signal);
    // Each is heard at once, whatever is being computed.
    await until(() => training.isOver() || training.stderr().slice(before).includes('interrupted'));
  }
  return training.ended;
}

/** The words of a process; none where it has ended. */
function commandLineOf(id: string): readonly string[] {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

async function stepOf(run: string): Promise<number> {
  return (await readCheckpoint(checkpointOf(join(work, run)))).progress.step;
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'the first one, %s, ends it after the call at work, saves, and the run can go on',
  async (signal) => {
    const outcome = await interrupted(signal, signal);
    expect(outcome).toMatchObject({ code: 130, signal: null });
    const step = Number(/interrupted after step (\d+); the state is saved/.exec(outcome.stderr)?.[1]);
    expect(await stepOf(signal)).toBe(step);
    expect(step).toBeLessThan(32);
    await succeed(['train', 'm2', '--resume', '--run', signal, '--max-steps', String(step + 4)], work);
    expect(await stepOf(signal)).toBe(step + 4);
  },
);

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'the second one, %s, ends it at once and without a complaint',
  async (signal) => {
    const outcome = await interrupted(`twice-${signal}`, 'SIGINT', signal);
    // Where the state was saved before the second one came, the process has ended by itself.
    expect([130, signal]).toContain(outcome.code ?? outcome.signal);
    // Fails where standard error holds more than log lines.
    expect(logOf(outcome).at(-1)?.msg).toMatch(/^interrupted/);
  },
);

describe('SIGHUP that the program was started to outlive', () => {
  const run = ['train', 'm1', ...quick, '--epochs', '2', '--run'];

  it.each<readonly [string, readonly string[]]>([
    ['by nohup', ['bash', '-c', 'nohup "$@"', 'bash']],
    ["by a script with trap '' HUP", ['sh', '-c', 'trap "" HUP; "$@"; exit $?', 'sh']],
  ])('%s is not heeded', async (name, around) => {
    const folder = name.replaceAll(/\W/g, '-');
    const training = start([...run, folder], work, around);
    await until(() => training.isOver() || existsSync(join(work, folder, 'config.json')));
    const [pid = ''] = trainingsIn(folder);
    process.kill(Number(pid), 'SIGHUP');
    const outcome = await training.ended;
    expect(outcome, outcome.stderr).toMatchObject({ code: 0, signal: null, stdout: `${folder}\n` });
    expect(outcome.stderr).not.toContain('interrupted');
    expect(await stepOf(folder)).toBe(6);
  });

  /** The training processes of a run: nohup and shells may stand between this process and theirs. */
  function trainingsIn(folder: string): readonly string[] {
    return readdirSync('/proc').filter((id) => {
      if (!/^\d+$/.test(id)) return false;
      const [program = '', ...words] = commandLineOf(id);
      return program === process.execPath && words.at(-1) === folder;
    });
  }
});

describe('a terminal that goes away', () => {
  const entry = join(packageRoot(), 'dist', 'src', 'cli', 'main.js');

  const logOfRun = (run: string) => {
    const path = join(work, run, 'log.ndjson');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };

  /** Runs a line of the shell on a terminal of its own, which is taken away while the first steps are made. */
  async function onLostTerminal(line: string, run: string): Promise<void> {
    const terminal = spawn('script', ['-qec', line, '/dev/null'], { cwd: work, stdio: 'ignore' });
    await until(() => logOfRun(run).includes('"msg":"training m'));
    // Before the first step there is nothing to save.
    await sleep(200);
    terminal.kill('SIGKILL');
  }

  it('saves as SIGHUP does', async () => {
    await onLostTerminal(`exec '${process.execPath}' '${entry}' ${long.join(' ')} --run lost`, 'lost');
    await until(() => existsSync(checkpointOf(join(work, 'lost'))));
    expect(await stepOf('lost')).toBeLessThan(32);
  });

  it('lets a training go on to its end that was started to outlive it', async () => {
    const words = ['train', 'm1', ...quick, '--epochs', '9', '--run', 'outlives'].join(' ');
    await onLostTerminal(`trap '' HUP; '${process.execPath}' '${entry}' ${words}; true`, 'outlives');
    await until(() => logOfRun('outlives').includes('"ending":"finished"'));
    expect(await stepOf('outlives')).toBe(27);
  });

  it('also where nohup is called by sh, which leaves no name of it', async () => {
    const words = ['train', 'm1', ...quick, '--epochs', '9', '--run', 'nohup'].join(' ');
    await onLostTerminal(`sh -c "nohup '${process.execPath}' '${entry}' ${words} 2>nohup.log; true"`, 'nohup');
    await until(() => logOfRun('nohup').includes('"ending":"finished"'));
    expect(await stepOf('nohup')).toBe(27);
  });

  it('or a reader of its log: what is trained goes on', async () => {
    const words = [entry, 'train', 'm1', ...quick, '--epochs', '2', '--run', 'unread'];
    const training = spawn(process.execPath, words, { cwd: work, stdio: ['ignore', 'pipe', 'pipe'] });
    training.stdout.destroy();
    training.stderr.destroy();
    const code = await new Promise((resolve) => {
      training.on('exit', resolve);
    });
    expect(code).toBe(0);
    expect(await stepOf('unread')).toBe(6);
  });
});
