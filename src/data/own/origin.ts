import { z } from 'zod';

/** How a picture becomes an image of a given size, by torchvision's names for what they do. */
export const resizings = ['crop', 'squash', 'pad'] as const;
/**
 * - crop: the short side becomes the image's, and the middle is cut out (Resize(size), CenterCrop(size));
 * - squash: both sides become the image's, whatever the proportions (Resize((height, width)));
 * - pad: the long side becomes the image's, and the rest is background.
 */
export type Resizing = (typeof resizings)[number];

/** How pictures became the images that a model saw: for `predict`, exports and pages to do the same. */
export const preparationSchema = z.object(
  {
    resize: z.enum(resizings, `one of ${resizings.join(', ')}`),
    /** What transparent pixels lie on, and what surrounds padded pictures. */
    background: z.string().regex(/^#[0-9a-f]{6}$/, 'a colour as #rrggbb'),
  },
  'an object',
);
export type Preparation = Readonly<z.infer<typeof preparationSchema>>;

/** What becomes of pictures where a run has nothing of its own to say: the whole picture, in the middle of black. */
export const usualPreparation: Preparation = { resize: 'pad', background: '#000000' };

const share = z.number('a number from 0 to below 1').min(0).lt(1);

/** Where data of one's own came from, and what was asked of them: enough to have the same images again. */
export const originSchema = z.object(
  {
    kind: z.enum(['folder', 'csv', 'arrays'], 'one of folder, csv, arrays'),
    /** The folder or file. */
    path: z.string('a path').min(1, 'a path'),
    /** Absent for arrays, which are images already. */
    preparation: preparationSchema.optional(),
    /** Shares of each class that are held out; drawn by the recipe's `splitSeed`. */
    validation: share,
    test: share,
    /** Whether pictures that cannot be read are left out. */
    skipDamaged: z.boolean('true or false'),
  },
  'an object',
);
export type Origin = Readonly<z.infer<typeof originSchema>>;
