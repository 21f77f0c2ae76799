import { cpSync, existsSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { listFolder } from '../../../src/data/own/list-folder.ts';
import { picturesDataset } from '../../../src/data/own/pictures-dataset.ts';
import { partOf, selectSplit, splitSizes } from '../../../src/data/splits.ts';
import { naturalOrder } from '../../../src/random/sampling.ts';
import { scratchFolder } from '../../files/scratch.ts';
import { silent } from '../../silent.ts';
import { folderOf, lightAndDark, plainPicture } from './picture-folder.ts';

const shape = { channels: 1, height: 4, width: 4 };
const usual = {
  shape,
  preparation: { resize: 'crop', background: '#000000' },
  skipDamaged: false,
  cache: null,
  logger: silent,
} as const;
const open = async (root: string, options: Partial<Parameters<typeof picturesDataset>[1]> = {}) =>
  picturesDataset(await listFolder(root), { ...usual, ...options });

describe('a data set of pictures', () => {
  it('has images of the classes, divided by class', async () => {
    const dataset = await open(await lightAndDark(10));
    expect(dataset.classes).toEqual(['dark', 'light']);
    expect(splitSizes(dataset)).toEqual({ train: 16, validation: 2, test: 2 });
    const pool = await dataset.load('train');
    const pixels = await pool.read(naturalOrder(20));
    for (const [at, label] of pool.labels.entries()) expect((pixels[16 * at] ?? 0) > 128).toBe(label === 1);
    const { indices } = selectSplit(dataset, 'test', await dataset.load(partOf(dataset, 'test')), { seed: 1 });
    expect(Array.from(indices, (at) => pool.labels[at]).toSorted()).toEqual([0, 1]);
    expect(dataset.origin).toMatchObject({ kind: 'folder', validation: 0.1, test: 0.1, skipDamaged: false });
  });

  it('reads the cache the next time, and makes the same images without', async () => {
    const cache = { directory: join(scratchFolder(), 'cache'), mostBytes: 2 ** 30 };
    const root = await lightAndDark(6);
    const progress = vi.fn();
    const pixelsOf = async (dataset: Awaited<ReturnType<typeof open>>) =>
      (await dataset.load('train')).read(naturalOrder(12));
    const first = await pixelsOf(await open(root, { cache, observer: { progress } }));
    expect(progress.mock.calls.flat().some(({ work }) => work === 'decoding 12 pictures')).toBe(true);
    progress.mockClear();
    expect(await pixelsOf(await open(root, { cache, observer: { progress } }))).toEqual(first);
    expect(progress.mock.calls.flat().some(({ work }) => work === 'decoding 12 pictures')).toBe(false);
    expect(await pixelsOf(await open(root))).toEqual(first);
    await open(root, { cache, shape: { ...shape, height: 5 } });
    expect(readdirSync(cache.directory)).toHaveLength(2);
  });

  it('is told from others by its content: not by times or by where it lies', async () => {
    const root = await lightAndDark(4);
    const { fingerprint } = await open(root);
    const copy = join(scratchFolder(), 'copy');
    cpSync(root, copy, { recursive: true });
    utimesSync(join(copy, 'dark/1.png'), 1, 1);
    expect((await open(copy)).fingerprint).toBe(fingerprint);
    renameSync(join(copy, 'dark/1.png'), join(copy, 'light/99.png'));
    expect((await open(copy)).fingerprint).not.toBe(fingerprint);
    writeFileSync(join(root, 'dark/1.png'), await plainPicture('#123456'));
    expect((await open(root)).fingerprint).not.toBe(fingerprint);
  });

  it('names all pictures that are damaged in one message, or goes on without them', async () => {
    const root = await lightAndDark(5);
    writeFileSync(join(root, 'dark/0.png'), 'no picture');
    writeFileSync(join(root, 'light/3.png'), (await plainPicture('#fff', 90, 90)).subarray(0, 80));
    const cache = { directory: join(scratchFolder(), 'cache'), mostBytes: 2 ** 30 };
    for (const kept of [null, cache]) {
      const refused = open(root, { cache: kept });
      await expect(refused).rejects.toThrow(
        /^2 of 10 pictures of .* cannot be read:\n {2}- 'dark\/0.png' is no picture/,
      );
      await expect(refused).rejects.toThrow("'light/3.png' is a PNG that is cut short or damaged");
    }
    const warn = vi.fn();
    const logger = { ...silent, warn, info: vi.fn(), debug: vi.fn() };
    // The second time from the cache.
    for (const kept of [cache, cache, null]) {
      const dataset = await open(root, { cache: kept, skipDamaged: true, logger });
      expect(dataset.counts).toEqual({ train: 8 });
      expect((await (await dataset.load('train')).read(naturalOrder(8))).some((level) => level === 0)).toBe(false);
    }
    expect(warn).toHaveBeenCalledTimes(3);
    await expect(open(root, { cache })).rejects.toThrow("'dark/0.png' could not be decoded");
  });

  it('notices pictures that change while they are used', async () => {
    const root = await lightAndDark(4);
    const dataset = await open(root);
    writeFileSync(join(root, 'dark/2.png'), await plainPicture('#445566'));
    await expect((await dataset.load('train')).read(naturalOrder(8))).rejects.toThrow("'dark/2.png' has been changed");
    const listing = await listFolder(root);
    rmSync(join(root, 'dark/2.png'));
    await expect(picturesDataset(listing, usual)).rejects.toThrow('it does not exist');
  });

  it('keeps nothing of pictures that go away while they are read, so that they are there when they come back', async () => {
    const root = await lightAndDark(4);
    const cache = { directory: join(scratchFolder(), 'cache'), mostBytes: 2 ** 30 };
    const [gone, kept] = [join(root, 'dark/1.png'), join(root, 'dark/1.away')];
    const progress = ({ work }: { readonly work: string }) => {
      if (work.startsWith('decoding') && existsSync(gone)) renameSync(gone, kept);
    };
    const broken = open(root, { cache, skipDamaged: true, observer: { progress } });
    await expect(broken).rejects.toThrow(`cannot read the picture '${gone}': it does not exist`);
    renameSync(kept, gone);
    expect((await open(root, { cache, skipDamaged: true })).counts).toEqual({ train: 8 });
  });

  it('takes parts as they are, and divides only what is not divided', async () => {
    const files: Record<string, Buffer> = {};
    for (const part of ['train', 'test'])
      for (const name of ['a', 'b'])
        for (let i = 0; i < 5; i++)
          files[`${part}/${name}/${i}.png`] = await plainPicture(`rgb(${i}, ${name.length}, 9)`);
    const root = folderOf(files);
    expect(splitSizes(await open(root))).toEqual({ train: 8, validation: 2, test: 10 });
    await expect(open(root, { test: 0.2 })).rejects.toThrow('test: ');
    await expect(open(root, { validation: 0 })).rejects.toThrow('expected a share above 0');
    const undivided = await lightAndDark(5);
    expect(splitSizes(await open(undivided, { test: 0 }))).toEqual({ train: 8, validation: 2, test: null });
    await expect(open(undivided, { validation: 0.5, test: 0.5 })).rejects.toThrow('leave nothing to train on');
    await expect(open(await lightAndDark(1))).rejects.toThrow('too few images');
  });

  it('stops when it is told to', async () => {
    const stopped = open(await lightAndDark(3), { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toThrow('interrupted');
  });
});
