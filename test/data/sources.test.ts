import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDataset, publishedDataset } from '../../src/data/dataset.ts';
import { locateDataset } from '../../src/data/sources.ts';
import { UsageError } from '../../src/errors.ts';
import { naturalOrder } from '../../src/random/sampling.ts';
import { type SmallDataset, silent, smallDataset, temporaryFolder } from './support.ts';

async function fill(dir: string, small: SmallDataset, suffix: '' | '.gz' = '.gz'): Promise<void> {
  for (const [name, bytes] of Object.entries(small.contents)) {
    await writeFile(join(dir, name + suffix), suffix === '' ? bytes : small.packed(name));
  }
}

describe('loading from a folder', () => {
  it.each(['', '.gz'] as const)("takes files with the ending '%s'", async (suffix) => {
    const small = await smallDataset();
    const dir = await temporaryFolder();
    await fill(dir, small, suffix);
    const { train, test, files } = await loadDataset({ dir, manifest: small.manifest, logger: silent });
    expect([train.count, test.count]).toEqual([12, 5]);
    expect(await train.read(naturalOrder(12))).toEqual(
      Uint8Array.from(small.contents['train-images-idx3-ubyte']?.subarray(16) ?? []),
    );
    expect([...train.labels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    expect(files.map(({ source }) => source)).toEqual(['directory', 'directory', 'directory', 'directory']);
  });

  it("falls back to Debian's place, file by file", async () => {
    const small = await smallDataset();
    const [dir, directory] = [await temporaryFolder(), await temporaryFolder()];
    await fill(directory, small);
    await writeFile(join(dir, 't10k-labels-idx1-ubyte'), small.contents['t10k-labels-idx1-ubyte'] ?? '');
    const manifest = { ...small.manifest, debian: { ...small.manifest.debian, directory } };
    const files = await locateDataset({ dir, manifest, logger: silent, offline: true });
    expect(files.map(({ source }) => source)).toEqual(['debian', 'debian', 'debian', 'directory']);
  });

  it('asks for no more than the part that is needed', async () => {
    const small = await smallDataset();
    const dir = await temporaryFolder();
    for (const name of ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte']) {
      await writeFile(join(dir, name), small.contents[name] ?? '');
    }
    const dataset = publishedDataset({ dir, manifest: small.manifest, logger: silent, offline: true });
    expect((await dataset.load('test')).count).toBe(5);
    await expect(dataset.load('train')).rejects.toThrow('train-images-idx3-ubyte');
  });

  it.each([
    ['truncated', (b: Uint8Array) => b.subarray(0, b.length - 20), 'that cannot be unpacked (unexpected end of file)'],
    ['empty', () => new Uint8Array(0), 'found 0 bytes with sha256 e3b0c442'],
    ['corrupt', (b: Uint8Array) => b.map((byte, i) => (i === 300 ? byte ^ 255 : byte)), 'found'],
  ])('explains a %s file and leaves it alone', async (_, damage, found) => {
    const small = await smallDataset(['http://127.0.0.1:9/']);
    const dir = await temporaryFolder();
    await fill(dir, small);
    const path = join(dir, 'train-images-idx3-ubyte.gz');
    const damaged = damage(small.packed('train-images-idx3-ubyte'));
    await writeFile(path, damaged);
    const loading = loadDataset({ dir, manifest: small.manifest, logger: silent });
    const { bytes, sha256 } = small.manifest.files.train.images;
    await expect(loading).rejects.toThrow(`'${path}' is not the file train-images-idx3-ubyte of the data set`);
    await expect(loading).rejects.toThrow(`expected ${bytes} bytes with sha256 ${sha256} once unpacked`);
    await expect(loading).rejects.toThrow(found);
    await expect(loading).rejects.toThrow('Move it away');
    expect(Uint8Array.from(await readFile(path))).toEqual(Uint8Array.from(damaged));
    expect(await readdir(dir)).toHaveLength(4);
  });

  it('recognises swapped files', async () => {
    const small = await smallDataset();
    const dir = await temporaryFolder();
    await fill(dir, small);
    await writeFile(join(dir, 't10k-images-idx3-ubyte.gz'), small.packed('train-images-idx3-ubyte'));
    const loading = publishedDataset({ dir, manifest: small.manifest, logger: silent }).load('test');
    await expect(loading).rejects.toThrow('which is the file train-images-idx3-ubyte');
  });

  it('refuses a file as the folder', async () => {
    const small = await smallDataset();
    const dir = join(await temporaryFolder(), 'file');
    await writeFile(dir, '');
    await expect(locateDataset({ dir, manifest: small.manifest, logger: silent })).rejects.toThrow(UsageError);
  });

  it('says what is missing and what can be done, offline', async () => {
    const small = await smallDataset(['http://127.0.0.1:9/']);
    const dir = await temporaryFolder();
    const loading = locateDataset({ dir, manifest: small.manifest, logger: silent, offline: true });
    await expect(loading).rejects.toThrow(/train-images-idx3-ubyte, .* found neither in .* nor in/);
    await expect(loading).rejects.toThrow('apt install dataset-fashion-mnist');
    await expect(loading).rejects.toThrow('dataDirectory');
    expect(await readdir(dir)).toEqual([]);
  });
});
