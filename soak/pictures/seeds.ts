/** Valid pictures of every kind and variant, small enough that hundreds are read in a second. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { packageRoot } from '../../src/files/package-root.ts';

/** Larger ones of the fixtures take too long. */
const mostBytes = 60_000;
const [width, height] = [44, 30];

/** Waves, another in each channel, with some noise. */
function levels(channels: number): Buffer {
  return Buffer.from(
    Array.from({ length: width * height * channels }, (_, i) => {
      const [at, channel] = [Math.floor(i / channels), i % channels];
      const [x, y] = [at % width, Math.floor(at / width)];
      return Math.round(128 + 100 * Math.sin(x / 7 + channel) * Math.cos(y / 5) + ((i * 7919) % 23));
    }),
  );
}

function picture(channels: 1 | 3 | 4): Sharp {
  return sharp(levels(channels), { raw: { width, height, channels } });
}

/** Three frames, one above the other. */
function frames(): Sharp {
  return sharp(levels(4), { raw: { width, height, channels: 4, pageHeight: height / 3 } });
}

const turned = (one: Sharp, orientation: number) => one.withMetadata({ orientation });

const made: Readonly<Record<string, () => Sharp>> = {
  'grey.png': () => picture(1).toColourspace('b-w').png(),
  'colour.png': () => picture(3).png(),
  'opacity-interlaced.png': () => picture(4).png({ progressive: true }),
  'deep.png': () => picture(4).toColourspace('rgb16').png(),
  'deep-interlaced.png': () => picture(3).toColourspace('rgb16').png({ progressive: true }),
  'palette.png': () => picture(4).png({ palette: true, colours: 16 }),
  'profile-turned.png': () => turned(picture(3).withIccProfile('p3'), 6).png(),
  'grey.jpg': () => picture(1).toColourspace('b-w').jpeg(),
  'colour.jpg': () => picture(3).jpeg(),
  'full-turned.jpg': () => turned(picture(3), 8).jpeg({ chromaSubsampling: '4:4:4' }),
  'progressive.jpg': () => picture(3).jpeg({ progressive: true }),
  'cmyk.jpg': () => picture(3).toColourspace('cmyk').jpeg(),
  'cmyk-progressive.jpg': () => picture(3).toColourspace('cmyk').jpeg({ progressive: true }),
  'gain-map.jpg': () => picture(3).pipelineColourspace('scrgb').toColourspace('scrgb').jpeg(),
  'lossy.webp': () => picture(3).webp(),
  'lossy-opacity.webp': () => turned(picture(4), 5).webp(),
  'lossless.webp': () => picture(4).webp({ lossless: true }),
  'animated.webp': () => frames().webp({ lossless: true }),
  'plain.gif': () => picture(3).gif({ colours: 16 }),
  'opacity-interlaced.gif': () => picture(4).gif({ colours: 16, progressive: true }),
  'animated.gif': () => frames().gif({ colours: 16 }),
  'plain.tif': () => picture(3).tiff({ compression: 'none' }),
  'lzw.tif': () => turned(picture(4), 3).tiff({ compression: 'lzw', predictor: 'horizontal' }),
  'deep.tif': () => picture(4).toColourspace('rgb16').tiff({ compression: 'deflate' }),
  'float.tif': () => picture(3).toColourspace('scrgb').tiff({ compression: 'deflate', predictor: 'float' }),
  'tiles.tif': () => picture(3).tiff({ compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16 }),
  'pyramid.tif': () =>
    picture(3).tiff({ compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16, pyramid: true }),
  'jpeg.tif': () => picture(3).tiff({ compression: 'jpeg' }),
  'webp.tif': () => picture(3).tiff({ compression: 'webp' }),
  'packbits.tif': () => picture(3).tiff({ compression: 'packbits' }),
  'fax.tif': () => picture(1).toColourspace('b-w').tiff({ compression: 'ccittfax4', bitdepth: 1 }),
  'plain.avif': () => picture(3).avif({ effort: 0 }),
  'opacity.avif': () => picture(4).avif({ effort: 0, chromaSubsampling: '4:4:4' }),
  'deep.avif': () => picture(4).avif({ effort: 0, bitdepth: 12 }),
  'turned.avif': () => turned(picture(3), 6).avif({ effort: 0, bitdepth: 10 }),
};

/** A drawing with what takes the most: gradients, filters, masks, patterns, copies, text. */
const drawing = `<?xml version="1.0"?>
<!DOCTYPE svg [<!ENTITY word "shoe">]>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="44" height="30" viewBox="0 0 88 60">
  <defs>
    <linearGradient id="fade"><stop offset="0" stop-color="#123"/><stop offset="1" stop-color="#fed"/></linearGradient>
    <pattern id="dots" width="8" height="8" patternUnits="userSpaceOnUse"><circle cx="4" cy="4" r="2"/></pattern>
    <filter id="soft"><feTurbulence baseFrequency="0.1" numOctaves="2"/><feGaussianBlur stdDeviation="2"/></filter>
    <mask id="hole"><rect width="60" height="40" fill="white"/></mask>
    <g id="one"><rect x="4" y="4" width="20" height="10" fill="url(#fade)"/></g>
    <g id="two"><use xlink:href="#one"/><use xlink:href="#one" transform="translate(9 9)"/></g>
  </defs>
  <use xlink:href="#two"/>
  <rect x="30" y="20" width="40" height="30" fill="url(#dots)" mask="url(#hole)" filter="url(#soft)"/>
  <path d="M 10 50 C 20 20, 40 20, 50 50 Z" stroke="red" stroke-width="3" stroke-dasharray="4 2"/>
  <text x="10" y="55" font-size="12">&word;</text>
</svg>
`;

/** Makes all seeds in a folder, the small ones of test/fixtures/pictures among them. */
export async function makePictures(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, make] of Object.entries(made)) await writeFile(join(folder, name), await make().toBuffer());
  await writeFile(join(folder, 'drawing.svg'), drawing);
  const fixtures = join(packageRoot(), 'test/fixtures/pictures');
  for (const name of await readdir(fixtures)) {
    const bytes = await readFile(join(fixtures, name));
    if (bytes.length < mostBytes) await writeFile(join(folder, `fixture-${name}`), bytes);
  }
}
