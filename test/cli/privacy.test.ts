import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/files/package-root.ts';
import { workFolder } from './folders.ts';

const home = workFolder();
const work = workFolder();

it('keeps the runtime from leaving anything in the home folder', () => {
  const { ORT_DISABLE_TELEMETRY: _, ...env } = process.env;
  const entry = join(packageRoot(), 'dist', 'src', 'cli', 'main.js');
  const args = ['train', 'm2', '--limit-train', '128', '--limit-val', '16', '--epochs', '1', '--batch-size', '64'];
  const { status, stderr } = spawnSync(process.execPath, [entry, ...args, '--quiet'], {
    cwd: work,
    env: { ...env, HOME: home },
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  expect(readdirSync(home)).toEqual([]);
});
