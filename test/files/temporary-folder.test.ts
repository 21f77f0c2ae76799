import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { withTemporaryFolder } from '../../src/files/temporary-folder.ts';
import { scratchFolder } from './scratch.ts';

afterEach(() => vi.unstubAllEnvs());

describe('a folder for temporary files', () => {
  it('is gone afterwards, and so are those of its kind that killed processes have left', async () => {
    const parent = scratchFolder();
    vi.stubEnv('TMPDIR', parent);
    const gone = spawnSync(process.execPath, ['--version']).pid;
    const [dead, living, other] = [`atelier-ort-${gone}-a`, `atelier-ort-${process.ppid}-b`, `atelier-trace-${gone}-c`];
    for (const name of [dead, living, other]) mkdirSync(join(parent, name));
    const during = await withTemporaryFolder('ort', async (folder) => {
      writeFileSync(join(folder, 'model'), '');
      expect(readdirSync(folder)).toEqual(['model']);
      return readdirSync(parent);
    });
    expect(during).toHaveLength(3);
    expect(readdirSync(parent)).toEqual([living, other]);
    await expect(withTemporaryFolder('ort', () => Promise.reject(new Error('no luck')))).rejects.toThrow('no luck');
    expect(readdirSync(parent)).toEqual([living, other]);
  });

  it('says which folder it cannot be made in', async () => {
    vi.stubEnv('TMPDIR', join(scratchFolder(), 'missing'));
    await expect(withTemporaryFolder('ort', async () => 1)).rejects.toThrow(/temporary folder '.*missing'.*TMPDIR/);
  });
});
