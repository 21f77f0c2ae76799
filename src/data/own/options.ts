import { UsageError } from '../../errors.ts';
import { type SettingName, said, setting } from '../../message.ts';
import { type Resizing, resizings } from './origin.ts';

/** What somebody asks of data of their own; what is left out follows from the pictures. */
export interface DataOptions {
  /** Height and width of the images: 64, '64' or '48x64'. */
  readonly imageSize?: number | string | undefined;
  readonly resize?: Resizing | undefined;
  /** One channel of grey; false for red, green and blue. */
  readonly grey?: boolean | undefined;
  /** What lies under transparent pixels: black, white or #rrggbb. */
  readonly background?: string | undefined;
  /** The share of each class that validates. */
  readonly validation?: number | undefined;
  /** The share of each class that tests; 0 for none. */
  readonly test?: number | undefined;
  /** Leave out what cannot be read. */
  readonly skipDamaged?: boolean | undefined;
  /** Whether decoded pictures are kept for the next time; true by default. */
  readonly cache?: boolean | undefined;
}

/** The options that say what becomes of pictures and of their order: not of images that are there already. */
export const pictureSettings = ['imageSize', 'resize', 'grey', 'background', 'skipDamaged'] as const;

const [leastSide, mostSide] = [4, 1024];

/**
 * The size that is asked for; undefined where none is.
 *
 * @throws UsageError for one that is none
 */
export function askedSize({ imageSize }: DataOptions): { readonly height: number; readonly width: number } | undefined {
  if (imageSize === undefined) return undefined;
  const [, height = '', width = height] = /^(\d+)(?:x(\d+))?$/.exec(String(imageSize)) ?? [];
  const sides = { height: Number(height), width: Number(width) };
  const fits = Object.values(sides).every((side) => side >= leastSide && side <= mostSide);
  if (height !== '' && fits) return sides;
  throw refused(
    'imageSize',
    `a side from ${leastSide} to ${mostSide} pixels, or height and width as 48x64, got ${imageSize}`,
  );
}

/**
 * The background that is asked for, as #rrggbb; black for one channel and white for three where none is.
 *
 * @throws UsageError for what is no colour
 */
export function askedBackground({ background }: DataOptions, channels: number): string {
  const text = background?.toLowerCase() ?? (channels === 1 ? 'black' : 'white');
  if (text === 'black') return '#000000';
  if (text === 'white') return '#ffffff';
  if (/^#[0-9a-f]{6}$/.test(text)) return text;
  throw refused('background', `black, white or a colour as #rrggbb, got '${background}'`);
}

/** Throws UsageError for values that no data could have. */
export function checkOptions(options: DataOptions): void {
  const { resize } = options;
  askedSize(options);
  askedBackground(options, 3);
  if (resize !== undefined && !resizings.includes(resize))
    throw refused('resize', `one of ${resizings.join(', ')}, got '${resize}'`);
  for (const name of ['validation', 'test'] as const) {
    const share = options[name];
    if (share !== undefined && !(share >= 0 && share < 1))
      throw refused(name, `a share from 0 to below 1, for instance 0.1, got ${share}`);
  }
}

function refused(name: SettingName, expected: string): UsageError {
  return new UsageError(said`${setting(name)}: expected ${expected}.`, { code: 'invalid-setting' });
}
