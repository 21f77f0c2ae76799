import { z } from 'zod';
import { AtelierError } from '../errors.ts';
import { readJson } from '../files/json.ts';

const whole = z.int().nonnegative();
const share = z.number().min(0).max(1);
const split = z.enum(['train', 'validation', 'test']);
const sized = z.strictObject({ width: whole, height: whole });

/** An image: its split, its place in the part of the data that holds it, its class, and its file where it has one. */
const image = z.strictObject({ split, index: whole, label: whole, name: z.string().optional() });
const point = z.tuple([z.number(), z.number()]);

const explorationSchema = z.strictObject({
  schema: z.literal(1),
  dataset: z.strictObject({
    name: z.string(),
    title: z.string(),
    /** The folder or file of data of one's own. */
    path: z.string().optional(),
    fingerprint: z.string(),
    shape: z.strictObject({ channels: whole, height: whole, width: whole }),
    classes: z.array(z.string()).nonempty(),
  }),
  /** Of the division into splits. */
  splitSeed: whole,
  /** Images of each split; null where there are no test images. */
  splits: z.strictObject({ train: whole, validation: whole, test: whole.nullable() }),
  /** The same of each class, in the order of the classes. */
  counts: z.array(z.strictObject({ train: whole, validation: whole, test: whole.nullable() })),
  /** Pictures that cannot be read, which were left out. */
  damaged: z.array(z.strictObject({ name: z.string(), reason: z.string() })),
  /** Of the picture files as they are; null for images that are no files. */
  sizes: z
    .strictObject({
      /** Pictures of each size, the most frequent first. */
      distinct: z.array(sized.extend({ count: whole })),
      smallest: sized,
      median: sized,
      largest: sized,
      /** Pictures whose headers could not be read again. */
      unread: whole,
    })
    .nullable(),
  duplicates: z.strictObject({
    /** Groups of images with the same pixels, and images in them. */
    exact: z.strictObject({ groups: whole, images: whole }),
    /** Groups with images that are nearly the same. */
    near: z.strictObject({ groups: whole, images: whole }),
    /** Images of one split that have a twin in another. */
    between: z.array(z.strictObject({ of: split, within: split, exact: whole, near: whole })),
    /** Groups whose images have different labels. */
    contradictions: whole,
    /** Those between splits first, then the largest. */
    groups: z.array(z.strictObject({ exact: z.boolean(), correlation: z.number(), images: z.array(image).min(2) })),
  }),
  /** What a run doubts; null without one. */
  labels: z
    .strictObject({
      run: z.string(),
      checkpoint: z.string(),
      judged: z.array(z.strictObject({ split, images: whole })),
      /** Of each class, by confident learning; null for one without images. */
      thresholds: z.array(share.nullable()),
      /** The least probable label first. */
      issues: z.array(
        z.strictObject({ image, suggested: whole, givenProbability: share, suggestedProbability: share }),
      ),
    })
    .nullable(),
  projections: z.strictObject({
    seed: whole,
    /** The images that the points stand for: all, or a sample. */
    images: z.array(image),
    of: whole,
    plots: z.array(
      z.strictObject({
        name: z.enum(['pixels-pca', 'pixels-umap', 'layer-umap']),
        /** The layer whose outputs are projected. */
        layer: z.string().optional(),
        /** Shares of the variance that the two axes hold. */
        shares: z.array(share).optional(),
        points: z.array(point),
      }),
    ),
  }),
});

/** What {@link explore} finds in a data set, as `explore.json` holds it. */
export type Exploration = z.infer<typeof explorationSchema>;
/** An image of a data set, as {@link explore} names it. */
export type ExploredImage = z.infer<typeof image>;
/** Images that show the same, as {@link explore} finds them. */
export type ExploredGroup = Exploration['duplicates']['groups'][number];

/** Throws AtelierError with what is wrong where a value is no exploration. */
export function parseExploration(value: unknown): Exploration {
  const { success, data, error } = explorationSchema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  throw new AtelierError(
    `it is no exploration of this version (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}). Explore the data again.`,
    { code: 'file-damaged' },
  );
}

/** Reads an `explore.json`. Throws AtelierError where it cannot be read, or is something else. */
export async function readExploration(path: string): Promise<Exploration> {
  return readJson(path, parseExploration);
}
