/** Duplicates that were planted among other pictures are found, and no others. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { openData } from '../../src/data/own/open-data.ts';
import { DuplicateSearch } from '../../src/exploration/duplicates.ts';
import { ExploredImages } from '../../src/exploration/explored-images.ts';
import { stream } from '../../src/random/streams.ts';
import { scratchFolder } from '../files/scratch.ts';
import { silent } from '../silent.ts';

const noPause = async () => undefined;
const [width, height] = [128, 112];

/** A made-up photograph: a ground that changes slowly, with soft and hard things on it. RGB. */
function photograph(number: number): Buffer {
  const random = stream(number, 'photograph');
  const unit = () => random.nextUint32() / 2 ** 32;
  const things = Array.from({ length: 14 }, () => ({
    x: unit() * width,
    y: unit() * height,
    radius: 8 + unit() * 40,
    soft: unit() < 0.5,
    colour: [unit() * 255, unit() * 255, unit() * 255],
  }));
  const [across, down] = [unit() - 0.5, unit() - 0.5];
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const level = 128 + across * x + down * y;
      const colour = [level, level, level];
      for (const thing of things) {
        const distance = Math.hypot(x - thing.x, y - thing.y) / thing.radius;
        if (distance > 1) continue;
        const share = thing.soft ? 1 - distance : 0.9;
        for (let channel = 0; channel < 3; channel += 1)
          colour[channel] = (colour[channel] ?? 0) * (1 - share) + share * (thing.colour[channel] ?? 0);
      }
      for (const [channel, value] of colour.entries())
        pixels[(y * width + x) * 3 + channel] = Math.max(0, Math.min(255, Math.round(value)));
    }
  return pixels;
}

const copies = {
  'the same file': (picture: Sharp) => picture.png(),
  'JPEG of quality 50': (picture: Sharp) => picture.jpeg({ quality: 50 }),
  'half as large': (picture: Sharp) => picture.resize(width / 2, height / 2).png(),
  brighter: (picture: Sharp) => picture.linear(1, 25).png(),
  'less contrast': (picture: Sharp) => picture.linear(0.7, 20).png(),
} as const;

describe('planted duplicates', () => {
  it('are found, with hardly any others', async () => {
    const folder = scratchFolder();
    for (const name of ['a', 'b']) mkdirSync(join(folder, name));
    const kinds = Object.entries(copies);
    const planted = new Map<string, { readonly of: string; readonly kind: string }>();
    for (let number = 0; number < 60; number += 1) {
      const pixels = photograph(number);
      const raw = () => sharp(pixels, { raw: { width, height, channels: 3 } });
      const name = `${number % 2 ? 'a' : 'b'}/${number}.png`;
      writeFileSync(join(folder, name), await raw().png().toBuffer());
      // Each kind of copy of eight pictures; twenty pictures have none.
      const [label, copy] = kinds[number % kinds.length] ?? [];
      if (number >= 40 || !label || !copy) continue;
      const twin = `${number % 2 ? 'a' : 'b'}/${number}-copy.png`;
      writeFileSync(join(folder, twin), await copy(raw()).toBuffer());
      planted.set(twin, { of: name, kind: label });
    }
    const dataset = await openData(folder, { options: { cache: false } }, silent);
    const images = await ExploredImages.open(dataset, 42);
    const search = new DuplicateSearch(dataset.shape, images.count);
    for await (const { pixels } of images.all()) search.add(pixels);
    const groups = await search.find(noPause);
    const names = groups.map(({ exact, members }) => ({ exact, names: members.map((at) => images.at(at).name ?? '') }));

    const missed = [...planted].filter(
      ([twin, { of }]) => !names.some((group) => group.names.includes(twin) && group.names.includes(of)),
    );
    const wrong = names.filter((group) => new Set(group.names.map((name) => name.replace('-copy', ''))).size > 1);
    expect(planted.size).toBe(40);
    expect({ missed: missed.map(([, { kind }]) => kind), wrong }).toEqual({ missed: [], wrong: [] });
    const same = names
      .filter(({ exact }) => exact)
      .flatMap((group) => group.names.filter((name) => name.includes('copy')));
    expect(same.map((name) => planted.get(name)?.kind)).toEqual(same.map(() => 'the same file'));
    expect(same).toHaveLength(8);
  });

  it('are not every two shapes of a kind', async () => {
    const shape = { channels: 1, height: 28, width: 28 };
    const random = stream(1, 'shapes');
    const search = new DuplicateSearch(shape, 400);
    // Trousers on black: two legs whose place and width differ by a few pixels, of any grey.
    for (let number = 0; number < 400; number += 1) {
      const [gap, leg, top] = [1 + (random.nextUint32() % 4), 3 + (random.nextUint32() % 3), random.nextUint32() % 6];
      const grey = 120 + (random.nextUint32() % 130);
      const image = new Uint8Array(784);
      for (let y = 0; y < 28; y += 1)
        for (let x = 0; x < 28; x += 1) {
          const from = Math.abs(x - 13.5) - (y < 4 + top ? 0 : gap / 2);
          if (from >= 0 && from < leg) image[28 * y + x] = grey + (random.nextUint32() % 60) - 30;
        }
      search.add(image);
    }
    expect(await search.find(noPause)).toEqual([]);
  });

  it('may be plain, or all the same', async () => {
    const shape = { channels: 3, height: 8, width: 8 };
    const search = new DuplicateSearch(shape, 5);
    for (const level of [0, 0, 255, 254, 0]) search.add(new Uint8Array(192).fill(level));
    expect(await search.find(noPause)).toEqual([{ exact: true, correlation: 1, members: [0, 1, 4] }]);
  });
});
