import { expect, it } from 'vitest';
import { writePictures } from '../../soak/many-pictures.ts';
import { openData } from '../../src/data/own/open-data.ts';
import { scratchFolder } from '../files/scratch.ts';
import { silent } from '../silent.ts';

it('writes pictures of ten classes that can all be read, each another file', async () => {
  const folder = scratchFolder();
  await writePictures(folder, 40);
  const dataset = await openData(folder, { options: { imageSize: 12, cache: false } }, silent);
  expect(dataset.classes).toHaveLength(10);
  expect(dataset.counts).toEqual({ train: 40 });
  const other = scratchFolder();
  await writePictures(other, 50);
  expect((await openData(other, { options: { imageSize: 12, cache: false } }, silent)).fingerprint).not.toBe(
    dataset.fingerprint,
  );
});
