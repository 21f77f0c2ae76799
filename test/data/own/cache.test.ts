import { mkdirSync, readdirSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { cachedImages, cachePath, writeCache } from '../../../src/data/own/cache.ts';
import { scratchFolder } from '../../files/scratch.ts';
import { silent } from '../../silent.ts';

const shape = { channels: 1, height: 2, width: 2 };
const labels = Uint32Array.of(0, 1, 0);
const place = (mostBytes = 2 ** 30) => ({ directory: join(scratchFolder(), 'cache'), mostBytes });

async function* images(failing = false) {
  yield Uint8Array.of(1, 2, 3, 4);
  await sleep(2);
  yield undefined;
  if (failing) throw new Error('no more');
  yield Uint8Array.of(9, 9, 9, 9);
}

describe('the cache of images', () => {
  it('keeps images, and which there are', async () => {
    const cache = place();
    const path = cachePath({ shape, parts: ['a'] }, cache);
    expect(await cachedImages(path, shape, labels, silent)).toBeUndefined();
    await writeCache(path, shape, 3, images(), cache);
    const found = await cachedImages(path, shape, labels, silent);
    expect([...(found?.made ?? [])]).toEqual([1, 0, 1]);
    expect([...((await found?.images.read(Uint32Array.of(2, 0))) ?? [])]).toEqual([9, 9, 9, 9, 1, 2, 3, 4]);
    expect(cachePath({ shape, parts: ['b'] }, cache)).not.toBe(path);
    expect(cachePath({ shape: { ...shape, channels: 3 }, parts: ['a'] }, cache)).not.toBe(path);
  });

  it('is whole or absent: two may write it at once, and what fails leaves nothing', async () => {
    const cache = place();
    const path = cachePath({ shape, parts: [] }, cache);
    await expect(writeCache(path, shape, 3, images(true), cache)).rejects.toThrow('no more');
    expect(readdirSync(cache.directory)).toEqual([]);
    await Promise.all([1, 2].map(() => writeCache(path, shape, 3, images(), cache)));
    expect(readdirSync(cache.directory)).toHaveLength(1);
    expect((await cachedImages(path, shape, labels, silent))?.made).toHaveLength(3);
  });

  it('is made anew where a file is cut short or another', async () => {
    const cache = place();
    const path = cachePath({ shape, parts: [] }, cache);
    const warn = vi.fn();
    for (const spoil of [
      () => truncateSync(path, 4100),
      () => truncateSync(path, 0),
      () => writeFileSync(path, Buffer.alloc(4096 + 15)),
    ]) {
      await writeCache(path, shape, 3, images(), cache);
      spoil();
      expect(await cachedImages(path, shape, labels, { warn })).toBeUndefined();
      expect(readdirSync(cache.directory)).toEqual([]);
    }
    expect(warn).toHaveBeenCalledTimes(3);
  });

  it('stays below its bound: what was not used for longest goes, and leftovers of the dead', async () => {
    const cache = place(3 * 4200);
    mkdirSync(cache.directory);
    writeFileSync(join(cache.directory, 'x.images.999999999-1.partial'), 'dead');
    for (const [name, hours] of [
      ['oldest', 4],
      ['older', 3],
      ['in use', 0],
    ] as const) {
      const path = join(cache.directory, `${name}.images`);
      writeFileSync(path, Buffer.alloc(4200));
      const used = Date.now() / 1000 - 3600 * hours;
      utimesSync(path, used, used);
    }
    await writeCache(join(cache.directory, 'new.images'), shape, 3, images(), cache);
    expect(readdirSync(cache.directory).toSorted()).toEqual(['in use.images', 'new.images', 'older.images']);
  });
});
