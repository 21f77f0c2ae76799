import { lookOfImage, unlike } from '../data/look.ts';
import type { RunConfig } from '../training/config/run-config.ts';

/** A picture file as the images that a run was trained on. */
export interface PreparedPicture {
  /** uint8 [channels * height * width] */
  readonly pixels: Uint8Array;
  /** More than 1 for an animation or a file of several pages: the first was taken. */
  readonly frames: number;
  /** What is strange about its ground, where the negative may be known: goes on after the picture's name. */
  readonly strangeGround: string | undefined;
  /** What is strange about its colours. */
  readonly strangeColour: string | undefined;
}

/**
 * Makes an image of a picture file in the way in which the run's images were made; of a run whose images were no pictures,
 * in the way of `decodePicture`.
 *
 * @throws AtelierError where the file cannot be read, or is no picture that can be
 */
export async function preparedPicture(
  path: string,
  invert: boolean,
  { data: { shape, origin, look }, recipe: { normalization } }: Pick<RunConfig, 'data' | 'recipe'>,
): Promise<PreparedPicture> {
  const preparation = origin?.preparation;
  if (!preparation) {
    const [{ readPicture }, { areDark }] = await Promise.all([
      import('../data/pictures.ts'),
      import('../data/pictures-ground.ts'),
    ]);
    const { lightGround, ...picture } = await readPicture(path, { invert, shape });
    const isStrange = lightGround && areDark([normalization.mean].flat());
    return {
      ...picture,
      strangeGround: isStrange
        ? 'shows dark on a light ground, while the model knows light things on black'
        : undefined,
      strangeColour: undefined,
    };
  }
  const { readPreparedPicture } = await import('../data/own/prepare-picture.ts');
  const picture = await readPreparedPicture(path, { shape, preparation, invert });
  const { ground, colour } = look ? unlike(lookOfImage(picture.pixels, shape), look) : {};
  const other = ground === 'light' ? 'dark' : 'light';
  return {
    ...picture,
    strangeGround: ground && `has a ${ground} ground, while the model knows pictures on ${other} ones`,
    strangeColour:
      colour && `has ${colour}, while the model knows pictures ${colour === 'colours' ? 'without' : 'in colour'}`,
  };
}
