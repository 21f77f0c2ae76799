/** Nothing leaves the machine unless asked: the system calls of commands, as strace sees them. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workFolder } from './folders.ts';
import { atelier } from './program.ts';
import { tiny } from './settings.ts';

const work = workFolder();
/** Where tests are counted it has been installed, and a test that is left out would go unnoticed. */
const required = process.env['CI'] !== undefined || process.env['ATELIER_TEST_REPORT'] !== undefined;
const present = spawnSync('strace', ['-o', join(work, 'trial'), 'true']).status === 0;

/** Runs a program below strace; its setting must not come from outside. */
const around = (log: string) =>
  [
    'env',
    '-u',
    'ORT_DISABLE_TELEMETRY',
    'strace',
    '--follow-forks',
    // Other calls are then not stopped at.
    '--seccomp-bpf',
    '-e',
    'trace=network',
    '-o',
    join(work, log),
  ] as const;

/** Sockets opened for a network, name services' and routing tables' included; those between processes here are none. */
function networkCalls(log: string): readonly string[] {
  const lines = readFileSync(join(work, log), 'utf8').split('\n');
  return lines.filter((line) => /\b(socket|connect|sendto|sendmsg)\(/.test(line) && !/AF_UNIX|socketpair/.test(line));
}

describe.skipIf(process.platform !== 'linux' || (!present && !required))('the network', () => {
  it('would be seen', () => {
    const program = "require('node:net').connect(9, '127.0.0.1').on('error', () => {})";
    const [file = '', ...rest] = [...around('control'), process.execPath, '-e', program];
    expect(spawnSync(file, rest).status).toBe(0);
    expect(networkCalls('control').length).toBeGreaterThan(0);
  });

  // In this order: what is evaluated has been trained.
  it.each([
    { args: ['train', 'm2', ...tiny, '--epochs', '1', '--run', 'run'] },
    { args: ['evaluate', 'run', '--split', 'validation', '--threads', '1'] },
    { args: ['predict', 'run', '0', '--threads', '1'] },
    { args: ['export', 'run', '--format', 'onnx', '--verify', '--threads', '1', '--out', 'model'] },
  ])('$args.0 does not ask for it', async ({ args }) => {
    const { code, stderr } = await atelier(args, work, around('log'));
    expect(code, stderr).toBe(0);
    expect(networkCalls('log')).toEqual([]);
  });
});
