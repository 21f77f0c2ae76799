import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadDataset, publishedDataset } from '../../src/data/published.ts';
import { locateDataset } from '../../src/data/sources.ts';
import { UsageError } from '../../src/errors.ts';
import { naturalOrder } from '../../src/random/sampling.ts';
import { type SmallDataset, serve, silent, smallDataset, temporaryFolder } from './support.ts';

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

  it("looks in Debian's place, too, while no folder is named", async () => {
    const small = await smallDataset();
    const directory = await temporaryFolder();
    await fill(directory, small);
    // Under this name nothing lies in the default folder.
    const manifest = { ...small.manifest, name: 'small', debian: { package: 'dataset-fashion-mnist', directory } };
    const files = await locateDataset({ manifest, logger: silent, offline: true });
    expect(files.map(({ source }) => source)).toEqual(['debian', 'debian', 'debian', 'debian']);
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

  it('takes files of which only the packed form has a published checksum in that form alone', async () => {
    const small = await smallDataset();
    const dir = await temporaryFolder();
    await fill(dir, small);
    const packedOnly = (file: typeof small.manifest.files.train.images) => {
      const gzipSha256 = createHash('sha256').update(small.packed(file.name)).digest('hex');
      return { ...file, sha256: undefined, gzipSha256 };
    };
    const { train, test } = small.manifest.files;
    const manifest = { ...small.manifest, files: { test, train: { ...train, images: packedOnly(train.images) } } };
    const dataset = publishedDataset({ dir, manifest, logger: silent });
    expect((await dataset.load('train')).count).toBe(12);
    expect(dataset.fingerprint).not.toBe(
      publishedDataset({ dir, manifest: small.manifest, logger: silent }).fingerprint,
    );
    const { name } = train.images;
    await writeFile(join(dir, `${name}.gz`), gzipSync(small.contents[name] ?? '', { level: 1 }));
    await expect(dataset.load('train')).rejects.toThrow('packed to a file with sha256');
    await rename(join(dir, `${name}.gz`), join(dir, name));
    await expect(dataset.load('train')).rejects.toThrow('does not hold');
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
    const loading = locateDataset({ dir, fill: true, manifest: small.manifest, logger: silent, offline: true });
    await expect(loading).rejects.toThrow(`train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, `);
    await expect(loading).rejects.toThrow(`not in '${dir}'`);
    await expect(loading).rejects.toThrow('apt install dataset-fashion-mnist');
    await expect(loading).rejects.toThrow('dataDirectory');
    const unnamed = { ...small.manifest, name: 'small' };
    const nowhere = locateDataset({ manifest: unnamed, logger: silent, offline: true });
    await expect(nowhere).rejects.toThrow(/t10k-labels-idx1-ubyte found neither in '.*small' nor in '.nonexistent/);
    expect(await readdir(dir)).toEqual([]);
  });
});

describe('a folder that is named', () => {
  /** A folder without the test labels, while Debian's place has all. */
  async function incomplete() {
    const small = await smallDataset();
    const [dir, directory] = [await temporaryFolder(), await temporaryFolder()];
    for (const folder of [dir, directory]) await fill(folder, small);
    await rm(join(dir, 't10k-labels-idx1-ubyte.gz'));
    return {
      dir,
      small,
      manifest: { ...small.manifest, name: 'small', debian: { package: 'dataset-fashion-mnist', directory } },
    };
  }

  it('is refused where it lacks a file, with the places that have it, and nothing is fetched', async () => {
    const { dir, manifest } = await incomplete();
    const refused = locateDataset({ dir, manifest, logger: silent, fetch: neverFetch });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(`'${dir}' does not hold t10k-labels-idx1-ubyte, packed (.gz) or not.`);
    await expect(refused).rejects.toThrow(`leave dataDirectory out: '${manifest.debian.directory}' has them`);
    await expect(refused).rejects.toThrow(
      `fetch what is missing into it: loadData('small', { dataDirectory: '${dir}' })`,
    );
    expect(await readdir(dir)).toHaveLength(3);
  });

  it('is refused where it does not exist, with what another place would have to fetch', async () => {
    const small = await smallDataset();
    const dir = join(await temporaryFolder(), 'typo');
    const refused = locateDataset({ dir, manifest: { ...small.manifest, name: 'small' }, logger: silent });
    await expect(refused).rejects.toThrow(`there is no folder '${dir}' to hold train-images-idx3-ubyte, `);
    await expect(refused).rejects.toThrow(
      /leave dataDirectory out: what is missing is then fetched into '.*small', once/,
    );
  });

  it('is refused with the folder below it that was meant', async () => {
    const small = await smallDataset();
    const dir = await temporaryFolder();
    const raw = join(dir, 'FashionMNIST', 'raw');
    await mkdir(raw, { recursive: true });
    await fill(raw, small);
    const refused = locateDataset({ dir, manifest: small.manifest, logger: silent });
    await expect(refused).rejects.toThrow(`they are in '${raw}': pass that to dataDirectory`);
  });

  it('is filled, if that is asked for, and from no other folder', async () => {
    const { dir, small, manifest } = await incomplete();
    const mirror = await serve((_, response) => response.end(small.packed('t10k-labels-idx1-ubyte')));
    const files = await locateDataset({
      dir,
      fill: true,
      manifest: { ...manifest, mirrors: [mirror] },
      logger: silent,
    });
    expect(files.map(({ source }) => source)).toEqual(['directory', 'directory', 'directory', 'fetched']);
    expect(files.map(({ path }) => dirname(path))).toEqual(new Array(4).fill(dir));
  });

  it('cannot be filled where it is a file', async () => {
    const small = await smallDataset();
    const dir = join(await temporaryFolder(), 'file');
    await writeFile(dir, '');
    const filling = locateDataset({ dir, fill: true, manifest: small.manifest, logger: silent });
    await expect(filling).rejects.toThrow('a folder was expected');
  });
});

const neverFetch = async () => {
  throw new Error('nothing is to be fetched');
};
