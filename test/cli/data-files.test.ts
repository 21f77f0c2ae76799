import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { loadManifest } from '../../src/data/manifest.ts';
import { locateDataset } from '../../src/data/sources.ts';
import { silent } from '../silent.ts';
import { contentOf, workFolder } from './folders.ts';
import { atelier, expectRefusal } from './program.ts';
import { debianFolder, tiny } from './settings.ts';

const work = workFolder();
const trainLabels = 'train-labels-idx1-ubyte';
const testLabels = 't10k-labels-idx1-ubyte';
let original: ReadonlyMap<string, string>;

beforeAll(async () => {
  const found = await locateDataset({ manifest: await loadManifest('fashion-mnist'), logger: silent, offline: true });
  original = new Map(found.map(({ file, path }) => [file.name, path]));
});

/** The unpacked bytes of a file of the data set. */
function unpacked(name: string): Buffer {
  const bytes = readFileSync(original.get(name) ?? '');
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
}

/** A folder with links to the true files, but with these bytes in place of one. */
function folderWith(name: string, bytes: Uint8Array): string {
  const folder = mkdtempSync(join(work, 'data-'));
  for (const [other, path] of original) if (other !== name) symlinkSync(path, join(folder, basename(path)));
  writeFileSync(join(folder, name), bytes);
  return folder;
}

describe('a file of the data set that is not what it should be', () => {
  it.each<readonly [string, (bytes: Buffer) => Uint8Array, RegExp]>([
    ['truncated', (bytes) => bytes.subarray(0, 5000), /found 5000 bytes/],
    ['empty', () => new Uint8Array(), /found 0 bytes/],
    ['one label changed', (bytes) => bytes.fill(3, 500, 501).fill(4, 501, 502), /found 10008 bytes with sha256/],
    ['swapped', () => unpacked(trainLabels), /found 60008 bytes .*, which is the file train-labels-idx1-ubyte/],
    [
      'packed and cut short',
      () => readFileSync(packedLabels()).subarray(0, 3000),
      /3000 packed bytes that cannot be unpacked/,
    ],
    ['not IDX at all', () => Buffer.from('<html>404</html>'), /found 16 bytes/],
  ])('%s', async (_what, spoil, found) => {
    const folder = folderWith(testLabels, spoil(unpacked(testLabels)));
    const before = contentOf(folder);
    const outcome = await atelier(['data', '--dir', folder, '--offline'], work);
    expectRefusal(
      outcome,
      1,
      `'${join(folder, testLabels)}' is not the file ${testLabels}`,
      found,
      'left as it is',
      'mv',
    );
    expect(contentOf(folder)).toEqual(before);
  });

  it('keeps a training from beginning', async () => {
    const folder = folderWith(trainLabels, unpacked(testLabels));
    const outcome = await atelier(['train', 'm1', ...tiny, '--dir', folder, '--run', 'never'], work);
    expectRefusal(outcome, 1, `is not the file ${trainLabels}`, `which is the file ${testLabels}`);
    expect(existsSync(join(work, 'never'))).toBe(false);
  });

  it('a file as --dir', async () => {
    writeFileSync(join(work, 'note'), 'Dear');
    expectRefusal(await atelier(['data', '--dir', 'note'], work), 2, "note' is a file, a folder was expected");
  });
});

describe('a folder that was misspelled', () => {
  const parts = ["--dir: there is no folder 'typo' to hold ", '  - leave --dir out: ', 'npx atelier data --dir typo'];

  it('trains on no other data', async () => {
    const outcome = await atelier(['train', 'm1', ...tiny, '--dir', 'typo', '--run', 'never'], work);
    expectRefusal(outcome, 2, ...parts, trainLabels);
    expect(existsSync(join(work, 'never'))).toBe(false);
  });

  it('is refused even where nothing would be read from it', async () => {
    const run = join(inject('runs'), 'm1');
    expectRefusal(await atelier(['export', run, '--out', 'never', '--dir', 'typo'], work), 2, ...parts);
    expectRefusal(await atelier(['evaluate', run, '--dir', 'typo'], work), 2, ...parts);
    expect(existsSync(join(work, 'never'))).toBe(false);
  });

  it('is not filled from another one', async () => {
    expectRefusal(
      await atelier(['data', '--dir', 'new', '--offline'], work),
      1,
      '--offline forbids',
      'leave --dir out: ',
    );
    expect(existsSync(join(work, 'new'))).toBe(false);
  });
});

/** The data set may lie unpacked; then any gzip stream does. */
function packedLabels(): string {
  const path = [...original.values()].find((candidate) => candidate.endsWith('.gz'));
  return path ?? join(work, 'nothing-is-packed');
}

/** A world without network and without Debian's files: it takes root and a system that knows namespaces. */
const hidden = ['unshare', '--mount', '--net', 'sh', '-c'];
const hide = existsSync(debianFolder) ? `mount -t tmpfs none ${debianFolder} && ` : '';
const canHide = spawnSync(hidden[0] ?? '', [...hidden.slice(1), `${hide}true`]).status === 0;

describe.skipIf(!canHide)('no data set anywhere (skipped where namespaces are not allowed)', () => {
  const around = [...hidden, `${hide}exec "$@"`, 'sh'];

  it('--offline: says where it looked and what can be done', async () => {
    mkdirSync(join(work, 'empty'));
    const outcome = await atelier(['data', '--dir', 'empty', '--offline'], work, around);
    expectRefusal(outcome, 1, '--offline forbids', trainLabels, 'apt install dataset-fashion-mnist', '--dir');
    expect(readdirSync(join(work, 'empty'))).toEqual([]);
  });

  it('no network: names every mirror with its failure', async () => {
    const outcome = await atelier(['data', '--dir', 'absent'], work, around);
    expectRefusal(outcome, 1, 'every mirror failed', /^ {2}https?:\/\/.*: /m, 'apt install dataset-fashion-mnist');
  });
});
