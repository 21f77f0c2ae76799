/** Where words cannot be written, and where hardly a file can be opened. */
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { workFolder } from './folders.ts';
import { atelier, logOf, type Outcome, succeed } from './program.ts';
import { quick } from './settings.ts';

const work = workFolder();
const runs = inject('runs');

/** Runs a line of the shell in which "$@" is the program with arguments. */
const shell = (line: string, args: readonly string[]): Promise<Outcome> =>
  // `atelier` appends node, the program and these arguments to what is around it.
  atelier(args, work, ['bash', '-c', line, 'bash']);

describe.skipIf(process.platform !== 'linux')('a result', () => {
  it.each([[['runs', runs]], [['runs', runs, '--json']], [['train', '--help']], [['--version']]])(
    'that cannot be written is no success: %j',
    async (args) => {
      const outcome = await shell('"$@" > /dev/full', args);
      expect(outcome.code).toBe(1);
      expect(logOf(outcome).map(({ msg }) => msg)).toEqual([
        expect.stringMatching(/^cannot write the result to 'standard output': the disk is full/),
      ]);
    },
  );
});

describe.skipIf(process.platform !== 'linux')('a log', () => {
  it('that cannot be written ends no training', async () => {
    const args = ['train', 'm2', ...quick, '--epochs', '1', '--run', 'unheard'];
    const outcome = await shell('"$@" 2> /dev/full', args);
    expect([outcome.code, outcome.stdout]).toEqual([0, 'unheard\n']);
    await succeed(['evaluate', 'unheard', '--split', 'validation', '--threads', '1'], work);
  });
});

describe.skipIf(process.platform !== 'linux')('files open at once', () => {
  const limited = (count: number) =>
    shell(`ulimit -n ${count}; "$@"`, [
      'evaluate',
      join(runs, 'm2'),
      '--split',
      'validation',
      '--threads',
      '1',
      '--out',
      'few',
    ]);

  it('may be too few to start with, which is said', async () => {
    const { code, stderr, stdout } = await limited(20);
    expect([code, stdout]).toEqual([1, '']);
    expect(logOf({ stderr }).map(({ msg }) => msg)).toEqual([expect.stringMatching(/\(EMFILE\).*ulimit -n/)]);
  });

  it.each([28, 31])('may be too few for what is opened later: %d', async (count) => {
    const { code, stderr } = await limited(count);
    const faults = logOf({ stderr }).filter(({ level }) => level >= 50);
    expect([code, faults.length]).toEqual([1, 1]);
    expect(faults[0]?.msg).toMatch(/EMFILE.*ulimit -n/);
    expect(faults[0]).not.toHaveProperty('err');
  });

  it('may be 96', async () => {
    const { code, stderr } = await limited(96);
    expect(code, stderr).toBe(0);
  });
});
