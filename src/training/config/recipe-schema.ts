import { z } from 'zod';
import type { OptimizerRecipe, Recipe, ScheduleRecipe } from '../../../graphs/models/recipe.ts';

/*
 * The message of each schema is what was expected, to be read after that word: "expected a whole number of at least 1".
 * `problems.ts` says where, and what was found.
 */

function quantity(expected: string, holds: (value: number) => boolean) {
  return z.number(expected).refine(holds, expected);
}

function whole(from: number, to = Number.MAX_SAFE_INTEGER) {
  const range = to === Number.MAX_SAFE_INTEGER ? `of at least ${from}` : `from ${from} to ${to}`;
  return quantity(`a whole number ${range}`, (value) => Number.isSafeInteger(value) && value >= from && value <= to);
}

function choice<const Names extends readonly string[]>(...names: Names) {
  return z.enum(names, oneOf(names));
}

function oneOf(names: readonly string[]): string {
  return `one of ${names.map((name) => `'${name}'`).join(', ')}`;
}

/** Graphs compute in float32: what rounds to 0 or infinity there is as good as 0 or infinity. */
const inFloat32 = (value: number, from: number): boolean =>
  Math.fround(value) >= from && Number.isFinite(Math.fround(value));
/** True for what can be a learning rate. */
export const isPositive = (value: number): boolean => inFloat32(value, 0) && Math.fround(value) > 0;
const positive = quantity('a finite number above 0', isPositive);
const notNegative = quantity('a finite number of at least 0', (value) => inFloat32(value, 0));
const atLeastOne = quantity('a finite number of at least 1', (value) => inFloat32(value, 1));
const seed = whole(0);
const share = quantity('a number from 0 to 1', (value) => value >= 0 && value <= 1);
const belowOne = quantity('a number of at least 0 and below 1', (value) => value >= 0 && Math.fround(value) < 1);
const between = quantity('a number above 0 and below 1', (value) => value > 0 && value < 1);
const dropoutRate = quantity(
  'a rate of at least 0 and below 1 (dropout 1 would drop everything)',
  (value) => value >= 0 && Math.fround(value) < 1,
);

const adamShape = {
  lr: positive,
  betas: z.tuple([belowOne, belowOne], 'two numbers of at least 0 and below 1, such as [0.9, 0.999]'),
  eps: positive,
  weightDecay: notNegative,
};

/** The keys of each optimizer. */
export const optimizerSchemas = {
  sgd: z.strictObject({ name: z.literal('sgd'), lr: positive, momentum: belowOne, weightDecay: notNegative }),
  adam: z.strictObject({ name: z.literal('adam'), ...adamShape }),
  adamw: z.strictObject({ name: z.literal('adamw'), ...adamShape }),
} satisfies Record<OptimizerRecipe['name'], z.ZodObject>;

/** The keys of each schedule. */
export const scheduleSchemas = {
  constant: z.strictObject({ name: z.literal('constant') }),
  plateau: z.strictObject({
    name: z.literal('plateau'),
    mode: choice('min', 'max'),
    factor: between,
    patience: whole(0),
    threshold: belowOne,
    thresholdMode: choice('rel', 'abs'),
    cooldown: whole(0),
    minLr: notNegative,
  }),
  step: z.strictObject({
    name: z.literal('step'),
    stepSize: whole(1),
    gamma: quantity('a number above 0 and at most 1', (value) => value > 0 && value <= 1),
  }),
  cosine: z.strictObject({ name: z.literal('cosine'), warmupEpochs: notNegative, minLr: notNegative }),
  'one-cycle': z.strictObject({
    name: z.literal('one-cycle'),
    maxLr: positive,
    pctStart: share,
    divFactor: atLeastOne,
    finalDivFactor: atLeastOne,
  }),
} satisfies Record<ScheduleRecipe['name'], z.ZodObject>;

const named = (thing: string, schemas: object): string =>
  `an object with the name of ${thing}: ${oneOf(Object.keys(schemas))}`;

/** The keys of a recipe. */
export const recipeShape = {
  epochs: whole(1),
  batchSize: whole(1),
  seed,
  splitSeed: seed,
  optimizer: z.discriminatedUnion(
    'name',
    [optimizerSchemas.sgd, optimizerSchemas.adam, optimizerSchemas.adamw],
    named('an optimizer', optimizerSchemas),
  ),
  schedule: z.discriminatedUnion(
    'name',
    [
      scheduleSchemas.constant,
      scheduleSchemas.plateau,
      scheduleSchemas.step,
      scheduleSchemas.cosine,
      scheduleSchemas['one-cycle'],
    ],
    named('a schedule', scheduleSchemas),
  ),
  dropout: z.array(dropoutRate, 'one rate for all dropout layers, or a list of one for each'),
  normalization: z.strictObject(
    {
      mean: quantity('a number from 0 to 1 (pixels are scaled to [0,1] first)', (value) => value >= 0 && value <= 1),
      std: quantity(
        'a number above 0 and at most 1 (pixels are scaled to [0,1] first)',
        (value) => Math.fround(value) > 0 && value <= 1,
      ),
    },
    'an object with mean and std',
  ),
  augmentation: z
    .strictObject(
      { cropPadding: whole(0, 28), flipProbability: share },
      'true, false, null or an object with cropPadding and flipProbability',
    )
    .nullable(),
  earlyStop: quantity(
    'a whole number of at least 1, or null',
    (value) => Number.isSafeInteger(value) && value >= 1,
  ).nullable(),
};

/** A complete recipe. What depends on several keys, or on the model, is checked by `crossProblems`. */
export const recipeSchema: z.ZodType<Recipe> = z.strictObject(recipeShape, 'an object with the keys of a recipe');
