/** Which data are trained on, and what is made of pictures of one's own. */
import type { DataOptions } from '../data/own/options.ts';
import { resizings } from '../data/own/origin.ts';
import type { Options, OptionValues } from './options.ts';
import { recipeHeadings } from './recipe-options.ts';
import { dir } from './shared-options.ts';

const own = { heading: recipeHeadings.images } as const;

/** What is made of pictures. */
export const pictureOptions = {
  'image-size': {
    ...own,
    type: 'text',
    value: 'PIXELS',
    defaultText: 'by the pictures, at most 64',
    description: 'Height and width of the images: 64, or 48x64',
  },
  resize: {
    ...own,
    type: 'choice',
    choices: resizings,
    defaultText: 'crop',
    description: 'How pictures are fitted: the middle cut out of the short side, squashed, or padded with background',
  },
  grey: {
    ...own,
    type: 'switch',
    defaultText: 'by the pictures',
    description: 'One channel of grey; --no-grey: red, green and blue',
  },
  background: {
    ...own,
    type: 'text',
    value: 'COLOUR',
    defaultText: 'white; black for grey',
    description: 'What transparent pixels lie on: black, white or #rrggbb',
  },
  validation: {
    ...own,
    type: 'number',
    value: 'SHARE',
    defaultText: '0.1',
    description: 'Share of each class to validate with, where the data have no such part',
  },
  test: {
    ...own,
    type: 'number',
    value: 'SHARE',
    defaultText: '0.1; 0 where the data have parts',
    description: 'Share of each class to test with; 0 for none',
  },
  'skip-damaged': { ...own, type: 'switch', description: 'Go on without pictures that cannot be read' },
  cache: {
    ...own,
    type: 'switch',
    defaultText: 'artifacts/cache',
    description: 'Keep decoded pictures for the next time; --no-cache: decode them again and again',
  },
} as const satisfies Options;

/** Which data are trained on. */
export const dataOptions = {
  data: {
    heading: recipeHeadings.common,
    type: 'text',
    value: 'DATA',
    defaultText: 'fashion-mnist',
    description:
      'A folder of pictures (CLASS/PICTURE, or train|val|test/CLASS/PICTURE), a table of pictures (.csv) or the name of a data set',
  },
  dir: { ...dir, ...own },
  ...pictureOptions,
} as const satisfies Options;

/** What these options ask of the data. */
export function dataOptionValues(values: OptionValues<typeof pictureOptions>): DataOptions {
  const { imageSize, resize, grey, background, validation, test, skipDamaged, cache } = values;
  const asked = { imageSize, resize, grey, background, validation, test, skipDamaged, cache };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}
