import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AtelierError } from '../../src/errors.ts';
import {
  checkWritable,
  ensureDirectory,
  removeDeadLeftovers,
  removeLeftovers,
  writeFileAtomic,
} from '../../src/files/atomic.ts';
import { appendLine, readJsonLines } from '../../src/files/jsonl.ts';
import { fileProblem } from '../../src/files/problems.ts';
import { scratchFolder } from './scratch.ts';

describe('writeFileAtomic', () => {
  it('creates and replaces, leaving nothing else behind', async () => {
    const folder = scratchFolder();
    const path = join(folder, 'a.txt');
    await writeFileAtomic(path, 'first, and longer');
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('lets the last of several writes at once win as a whole', async () => {
    const path = join(scratchFolder(), 'a.txt');
    await Promise.all(['aaaa', 'bb', 'c'].map((text) => writeFileAtomic(path, text)));
    expect(['aaaa', 'bb', 'c']).toContain(readFileSync(path, 'utf8'));
  });

  it('writes through a symbolic link', async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'target'), 'old');
    symlinkSync('target', join(folder, 'link'));
    await writeFileAtomic(join(folder, 'link'), 'new');
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('new');
  });

  it('refuses devices and folders rather than renaming over them', async () => {
    await expect(writeFileAtomic('/dev/null', 'x')).rejects.toThrow(/'\/dev\/null': it is a device or pipe/);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    await expect(writeFileAtomic(scratchFolder(), 'x')).rejects.toThrow(/it is a folder/);
  });

  it('names the thing, the path, the reason and the way out', async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'file'), '');
    const write = writeFileAtomic(join(folder, 'file', 'b'), 'x', 'the checkpoint');
    await expect(write).rejects.toThrow(AtelierError);
    await expect(write).rejects.toThrow(/cannot write the checkpoint '.*file\/b': .*\(ENOTDIR\)\. Choose another/);
    await expect(writeFileAtomic(join(folder, 'missing', 'b'), 'x')).rejects.toThrow(/\(ENOENT\)/);
    await expect(ensureDirectory(join(folder, 'file', 'c'))).rejects.toThrow(/create the folder .*\(ENOTDIR\)/);
  });

  it('creates folders with their parents, also those that exist', async () => {
    const folder = join(scratchFolder(), 'a', 'b', 'c');
    await Promise.all([ensureDirectory(folder), ensureDirectory(folder)]);
    await ensureDirectory(folder);
    await ensureDirectory('/');
    expect(statSync(folder).isDirectory()).toBe(true);
    if (existsSync('/proc')) await expect(ensureDirectory('/proc/a/b')).rejects.toThrow(/ENOENT/);
  });

  it('removes what a killed process left, and nothing else', async () => {
    const folder = scratchFolder();
    for (const name of ['a.json', 'a.json.12-3.partial', 'notes.partial']) writeFileSync(join(folder, name), '');
    expect(await removeLeftovers(folder)).toEqual(['a.json.12-3.partial']);
    expect(readdirSync(folder)).toEqual(['a.json', 'notes.partial']);
  });

  it('or only what processes left that have ended', async () => {
    const folder = scratchFolder();
    const gone = spawnSync(process.execPath, ['--version']).pid;
    const [dead, living] = [`a.json.${gone}-1.partial`, `a.json.${process.pid}-1.partial`];
    for (const name of [dead, living, 'a.json']) writeFileSync(join(folder, name), '');
    expect(await removeDeadLeftovers(folder)).toEqual([dead]);
    expect(readdirSync(folder)).toEqual(['a.json', living]);
    // In a container each process has the same id.
    utimesSync(join(folder, living), 1, 1);
    expect(await removeDeadLeftovers(folder)).toEqual([living]);
  });

  it('so does the first write into a folder', async () => {
    const folder = scratchFolder();
    const gone = spawnSync(process.execPath, ['--version']).pid;
    writeFileSync(join(folder, `a.json.${gone}-1.partial`), '');
    await Promise.all([writeFileAtomic(join(folder, 'b'), 'x'), writeFileAtomic(join(folder, 'c'), 'x')]);
    expect(readdirSync(folder)).toEqual(['b', 'c']);
  });
});

// A real file system of 64 kB that fills up, and one that is read-only. Mounting needs root; elsewhere these are skipped.
const mounts: string[] = [];
function mountTiny(options: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=64k,${options}`, 'tmpfs', folder]).status === 0;
  if (!mounted) {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  mounts.push(folder);
  return folder;
}
afterAll(() => {
  for (const folder of mounts) {
    spawnSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  }
});
const small = mountTiny('rw');
const readOnly = mountTiny('ro');

describe.skipIf(small === undefined)('on a disk that fills up', () => {
  const folder = small ?? '';

  it('keeps the old file and leaves no temporary one', async () => {
    const path = join(folder, 'last.safetensors');
    await writeFileAtomic(path, 'old content');
    // The first write(2) of such a buffer succeeds in part: the trap that a single unchecked write falls into.
    await expect(writeFileAtomic(path, new Uint8Array(100_000), 'the checkpoint')).rejects.toThrow(
      /cannot write the checkpoint '.*last\.safetensors': the disk is full \(ENOSPC\)\. Free some space.*unchanged/,
    );
    expect(readFileSync(path, 'utf8')).toBe('old content');
    expect(readdirSync(folder)).toEqual(['last.safetensors']);
  });

  it('puts a JSON-lines file back to its whole lines', async () => {
    const path = join(folder, 'history.jsonl');
    await appendLine(path, { epoch: 1 });
    await expect(appendLine(path, { text: 'x'.repeat(100_000) })).rejects.toThrow(/ENOSPC/);
    expect(readFileSync(path, 'utf8')).toBe('{"epoch":1}\n');
    await appendLine(path, { epoch: 2 });
    expect(await readJsonLines(path, (line) => line)).toEqual([{ epoch: 1 }, { epoch: 2 }]);
  });
});

it.skipIf(readOnly === undefined)('says that a place is read-only', async () => {
  const folder = readOnly ?? '';
  await expect(writeFileAtomic(join(folder, 'a'), 'x')).rejects.toThrow(/read-only \(EROFS\)\. Choose a folder/);
  await expect(ensureDirectory(join(folder, 'a', 'b'))).rejects.toThrow(/EROFS/);
  await expect(checkWritable(folder)).rejects.toThrow(/cannot write into the folder .*EROFS/);
  await expect(checkWritable(join(folder, 'a', 'b'))).rejects.toThrow(/cannot create the folder '.*a\/b'.*EROFS/);
});

describe('checkWritable', () => {
  it('creates nothing where all is well', async () => {
    const folder = scratchFolder();
    await checkWritable(folder);
    await checkWritable(join(folder, 'a', 'b', 'c'));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('finds a file in the way, and says what puts the files elsewhere', async () => {
    const file = join(scratchFolder(), 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'a', 'b')])
      await expect(checkWritable(path, 'Put it elsewhere.')).rejects.toThrow(
        /cannot create the folder .*\(ENOTDIR\)\. Choose another folder or move that file away\. Put it elsewhere\.$/,
      );
  });
});

it.skipIf(!existsSync('/dev/full'))('reports a full disk without being root, too', async () => {
  await expect(appendLine('/dev/full', { epoch: 1 })).rejects.toThrow(
    /append a line to '\/dev\/full': the disk is full/,
  );
});

it('passes an AtelierError through and tells an unknown failure as it is', () => {
  const known = new AtelierError('known', { code: 'file-unusable' });
  expect(fileProblem('read', 'a', known)).toBe(known);
  expect(fileProblem('read', 'a', new Error('odd')).message).toBe("cannot read 'a': odd.");
});
