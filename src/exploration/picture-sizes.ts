import { availableParallelism } from 'node:os';
import type { SourcePicture } from '../data/dataset.ts';
import { decoding, loadSharp } from '../data/pictures.ts';
import { AtelierError } from '../errors.ts';
import { byteLimits, readRegular } from '../files/regular.ts';
import { mapAhead } from '../map-ahead.ts';

/** Width and height of a picture as it is seen: turned as its camera says. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

const underWay = 2 + 2 * availableParallelism();

/**
 * The sizes of picture files, from their headers; null where a file cannot be read any more.
 *
 * @param onDone is told after each; what it throws ends the work
 */
export async function pictureSizes(
  pictures: readonly SourcePicture[],
  onDone: (done: number) => void,
): Promise<readonly (PictureSize | null)[]> {
  const sharp = await loadSharp();
  const look = async ({ path }: SourcePicture): Promise<PictureSize | null> => {
    try {
      const { autoOrient } = await sharp(await readRegular(path, byteLimits.picture), decoding).metadata();
      return { width: autoOrient.width, height: autoOrient.height };
    } catch (error) {
      if (error instanceof AtelierError && error.code === 'internal') throw error;
      return null;
    }
  };
  const sizes: (PictureSize | null)[] = [];
  for await (const size of mapAhead(pictures, underWay, look)) {
    sizes.push(size);
    onDone(sizes.length);
  }
  return sizes;
}
