import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { gitRevision } from '../../src/training/environment.ts';
import { scratchFolder } from '../files/scratch.ts';

afterEach(() => vi.unstubAllEnvs());

/** A working tree with one commit. */
function repository(): { readonly folder: string; readonly revision: string } {
  const folder = scratchFolder();
  const git = (...args: readonly string[]) => execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' }).trim();
  git('init', '--quiet');
  writeFileSync(join(folder, 'file'), 'one');
  git('add', 'file');
  git('-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '--quiet', '-m', 'One');
  return { folder, revision: git('rev-parse', 'HEAD') };
}

describe('the revision of the program', () => {
  it('is that of its own working tree, and says where that has changed', async () => {
    const { folder, revision } = repository();
    expect(await gitRevision(folder)).toBe(revision);
    writeFileSync(join(folder, 'file'), 'two');
    expect(await gitRevision(folder)).toBe(`${revision}-dirty`);
  });

  it('is none where it is installed within the working tree of a project', async () => {
    const { folder } = repository();
    const installed = join(folder, 'node_modules', 'atelier');
    mkdirSync(installed, { recursive: true });
    expect(await gitRevision(installed)).toBeNull();
  });

  it('is not that of another repository, for which a hook of git runs', async () => {
    const { folder, revision } = repository();
    const other = repository();
    // Commits of the same second and content have the same name.
    writeFileSync(join(other.folder, 'file'), 'other');
    vi.stubEnv('GIT_DIR', join(other.folder, '.git'));
    vi.stubEnv('GIT_WORK_TREE', other.folder);
    expect(await gitRevision(folder)).toBe(revision);
  });
});
