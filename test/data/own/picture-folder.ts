import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { scratchFolder } from '../../files/scratch.ts';

/** A PNG of one colour. */
export async function plainPicture(colour: string, width = 12, height = 8): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: colour } })
    .png()
    .toBuffer();
}

/** A folder with files of given contents by their paths in it; a text is written as it is. */
export function folderOf(files: Readonly<Record<string, Buffer | string>>): string {
  const folder = scratchFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** A folder of light and dark pictures, each another: `light/0.png`, `dark/0.png`, … */
export async function lightAndDark(count: number, prefix = ''): Promise<string> {
  const files: Record<string, Buffer> = {};
  for (let i = 0; i < count; i++) {
    const level = (base: number) => `rgb(${base + i}, ${base}, ${base})`;
    files[`${prefix}light/${i}.png`] = await plainPicture(level(200));
    files[`${prefix}dark/${i}.png`] = await plainPicture(level(20));
  }
  return folderOf(files);
}
