/** Which images suit pictures, where nobody says: seen from the headers of some of them. */

import type { ImageShape } from '../../../graphs/models/model.ts';
import { byteLimits, readRegular } from '../../files/regular.ts';
import { mapAhead } from '../../map-ahead.ts';
import { decoding, loadSharp } from '../pictures.ts';
import type { ListedPicture } from './listing.ts';
import { median } from './median.ts';
import { askedSize, type DataOptions } from './options.ts';

/** The size and channels of images, with the reasons for what was not asked for. */
export interface ChosenForm {
  readonly shape: ImageShape;
  /** Empty where all was asked for. */
  readonly because: readonly string[];
}

/** Pictures whose headers are looked at. */
const sampled = 200;
/** Larger images take long to train on without a graphics card, and most things are told apart at this size. */
const usualSide = 64;
const leastSide = 8;

interface Header {
  readonly shortSide: number;
  readonly isGrey: boolean;
  readonly isDrawing: boolean;
}

/**
 * The form of images for pictures: as asked for; else grey where all that were looked at are grey, and 64 x 64 pixels, or
 * less where most pictures have less.
 */
export async function chooseForm(pictures: readonly ListedPicture[], options: DataOptions): Promise<ChosenForm> {
  const size = askedSize(options);
  const { grey } = options;
  const headers = size && grey !== undefined ? [] : await headersOf(pictures);
  const because: string[] = [];
  const isGrey = grey ?? (headers.length > 0 && headers.every((header) => header.isGrey));
  if (grey === undefined) because.push(isGrey ? 'grey, as the pictures are' : 'in colour, as pictures are');
  const side = size ?? sideFor(headers, because);
  return { shape: { channels: isGrey ? 1 : 3, ...side }, because };
}

function sideFor(headers: readonly Header[], because: string[]): { readonly height: number; readonly width: number } {
  const sides = headers.map(({ shortSide, isDrawing }) => (isDrawing ? usualSide : shortSide));
  const middle = median(sides) ?? usualSide;
  const side = middle >= usualSide ? usualSide : Math.max(leastSide, Math.floor(middle / 4) * 4);
  because.push(
    middle >= usualSide
      ? `${side} x ${side}, which trains fast`
      : `${side} x ${side}, since half of the pictures are not larger`,
  );
  return { height: side, width: side };
}

/** Of some pictures, evenly spread; those that cannot be read are passed over: decoding names them. */
async function headersOf(pictures: readonly ListedPicture[]): Promise<readonly Header[]> {
  const sharp = await loadSharp();
  const step = Math.max(1, pictures.length / sampled);
  const some = Array.from({ length: Math.min(sampled, pictures.length) }, (_, i) => pictures[Math.floor(i * step)]);
  const look = async (picture: ListedPicture | undefined): Promise<Header | undefined> => {
    try {
      const bytes = await readRegular(picture?.path ?? '', byteLimits.picture);
      const { autoOrient, channels, format, isPalette } = await sharp(bytes, decoding).metadata();
      const { width, height } = autoOrient;
      return {
        shortSide: Math.min(width, height),
        isGrey: channels < 3 && isPalette !== true,
        isDrawing: format === 'svg',
      };
    } catch {
      return undefined;
    }
  };
  const found: Header[] = [];
  for await (const header of mapAhead(some, 8, look)) if (header) found.push(header);
  return found;
}
