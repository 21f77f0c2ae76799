import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createCanvas, loadImage } from 'canvas';
import { expect } from 'vitest';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue at a pixel. */
  readonly at: (x: number, y: number) => readonly number[];
}

/** Decodes a PNG with libpng, which no encoder of ours is part of. */
export async function decode(png: Buffer): Promise<Pixels> {
  const image = await loadImage(png);
  return pixelsOf(image, image.width, image.height);
}

function pixelsOf(image: Awaited<ReturnType<typeof loadImage>>, width: number, height: number): Pixels {
  const context = createCanvas(width, height).getContext('2d');
  context.drawImage(image, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, at: (x, y) => [...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3)] };
}

const folder = new URL('../fixtures/rendering/', import.meta.url);
const thumbnailWidth = 220;

/**
 * Holds a picture against its committed thumbnail. Both are reduced to the same few pixels first, so that other fonts,
 * which are a little wider or smoother, pass, and a missing line, a wrong colour or a shifted panel does not.
 * ATELIER_UPDATE_PICTURES=1 writes the thumbnails anew: look at them before committing.
 */
export async function expectPicture(png: Buffer, name: string): Promise<void> {
  const image = await loadImage(png);
  const file = new URL(`${name}.png`, folder);
  if (process.env['ATELIER_UPDATE_PICTURES'] === '1') {
    await mkdir(folder, { recursive: true });
    const canvas = createCanvas(thumbnailWidth, Math.round((image.height / image.width) * thumbnailWidth));
    canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
    await writeFile(file, canvas.toBuffer('image/png', { compressionLevel: 9 }));
  }
  const expected = await loadImage(await readFile(file));
  expect(image.height / image.width).toBeCloseTo(expected.height / expected.width, 1);
  const { width, height } = expected;
  const [found, wanted] = [pixelsOf(image, width, height), pixelsOf(expected, width, height)];
  let differing = 0;
  let sum = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [a, b] = [found.at(x, y), wanted.at(x, y)];
      const distance = Math.max(...a.map((value, channel) => Math.abs(value - (b[channel] ?? 0))));
      sum += distance;
      if (distance > 60) differing += 1;
    }
  }
  expect(sum / (width * height), `mean difference of ${name} from its fixture`).toBeLessThan(2.5);
  expect(differing / (width * height), `share of other pixels in ${name}`).toBeLessThan(0.008);
}
