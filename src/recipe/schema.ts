import { z } from 'zod';
import type { OptimizerRecipe } from '../../graphs/optim/optimizer-recipe.ts';
import { type Field, type Fields, type Frozen, field, schemasOf, variant } from './field.ts';
import {
  atLeastOne,
  belowOne,
  between,
  choice,
  dropoutRate,
  list,
  notNegative,
  nullable,
  oneOf,
  pairBelowOne,
  pixelDeviation,
  pixelMean,
  positive,
  share,
  shrinking,
  whole,
  wholeUpTo,
} from './types.ts';

/*
 * All that can be said of training, field by field: type, default, command-line option, description, and the row of the
 * tables of hyper-parameters. Validation, the command line, its help, configuration files and reports are derived from
 * here. A field must name its option and its row; `null` says that it has none, and of an option `unflagged` says why.
 */

const lr = field(positive, {
  default: 1e-3,
  flag: 'lr',
  row: 'learning rate',
  description: 'Learning rate; the peak of one-cycle',
});

const weightDecay = { flag: 'weight-decay', row: 'weight decay', description: 'Weight decay' } as const;

const adamFields = {
  lr,
  betas: field(pairBelowOne, {
    default: [0.9, 0.999],
    flag: 'betas',
    row: 'optimizer',
    description: 'Decay of the running means of the gradient and of its square',
  }),
  eps: field(positive, {
    default: 1e-8,
    flag: 'eps',
    row: 'optimizer',
    description: 'What is added to the divisor, so that it is never 0',
  }),
};

/** The optimizers with their fields; defaults are PyTorch's. */
export const optimizers = {
  sgd: variant('sgd', {
    lr,
    momentum: field(belowOne, {
      default: 0,
      flag: 'momentum',
      row: 'optimizer',
      description: 'Share of the last step that the next one keeps',
    }),
    weightDecay: field(notNegative, { ...weightDecay, default: 0 }),
  }),
  adam: variant('adam', { ...adamFields, weightDecay: field(notNegative, { ...weightDecay, default: 0 }) }),
  adamw: variant('adamw', { ...adamFields, weightDecay: field(notNegative, { ...weightDecay, default: 1e-2 }) }),
};

const minLr = field(notNegative, {
  default: 0,
  flag: 'min-lr',
  row: 'schedule',
  description: 'The rate below which the schedule does not go',
});

/** The learning-rate schedules with their fields; the numbers mean what they mean in PyTorch's of the same name. */
export const schedules = {
  constant: variant('constant', {}),
  plateau: variant('plateau', {
    mode: field(choice('min', 'max'), {
      default: 'min',
      flag: 'plateau-mode',
      row: 'schedule',
      description: 'min watches the validation loss, max the validation accuracy',
    }),
    factor: field(between, {
      default: 0.1,
      flag: 'factor',
      row: 'schedule',
      description: 'What the rate is multiplied by where nothing got better',
    }),
    patience: field(whole(0), {
      default: 10,
      flag: 'patience',
      row: 'schedule',
      description: 'Epochs without improvement that are let pass',
    }),
    threshold: field(belowOne, {
      default: 1e-4,
      flag: 'threshold',
      row: null,
      description: 'How much better counts as better',
    }),
    thresholdMode: field(choice('rel', 'abs'), {
      default: 'rel',
      flag: 'threshold-mode',
      row: null,
      description: 'Whether threshold is a share of the best so far, or a difference to it',
    }),
    cooldown: field(whole(0), {
      default: 0,
      flag: 'cooldown',
      row: null,
      description: 'Epochs after a change of the rate in which bad ones do not count',
    }),
    minLr,
  }),
  step: variant('step', {
    stepSize: field(whole(1), {
      // PyTorch asks for one. Thirds of the training are the classic choice (He et al., 2016: 30, 60 of 90 epochs).
      default: ({ epochs }) => Math.max(1, Math.floor(epochs / 3)),
      usual: 'a third of the epochs',
      flag: 'step-size',
      row: 'schedule',
      description: 'Epochs between two changes of the rate',
    }),
    gamma: field(shrinking, {
      default: 0.1,
      flag: 'gamma',
      row: 'schedule',
      description: 'What the rate is multiplied by',
    }),
  }),
  /** Linear warm-up from 0 over `warmupEpochs`, then half a cosine down to `minLr`; changes at every step. */
  cosine: variant('cosine', {
    warmupEpochs: field(notNegative, {
      default: 0,
      flag: 'warmup-epochs',
      row: 'schedule',
      description: 'Epochs in which the rate rises from 0; need not be whole',
    }),
    minLr,
  }),
  /** Smith's one-cycle policy as in PyTorch's OneCycleLR (cosine annealing, two phases); changes at every step. */
  'one-cycle': variant('one-cycle', {
    maxLr: field(positive, {
      // PyTorch asks for one and ignores the optimizer's rate. Here that rate is the peak, so that it keeps its meaning.
      default: (known) => known.lr,
      usual: 'the learning rate',
      flag: 'max-lr',
      row: 'schedule',
      description: 'The highest rate',
    }),
    pctStart: field(share, {
      default: 0.3,
      flag: 'pct-start',
      row: 'schedule',
      description: 'The share of the steps in which the rate rises',
    }),
    divFactor: field(atLeastOne, {
      default: 25,
      flag: 'div-factor',
      row: null,
      description: 'The first rate is the peak divided by this',
    }),
    finalDivFactor: field(atLeastOne, {
      default: 1e4,
      flag: 'final-div-factor',
      row: null,
      description: 'The last rate is the first divided by this',
    }),
  }),
};

const normalization = {
  mean: field(list(pixelMean, 'one number for all channels, or a list of one for each'), {
    default: null,
    flag: 'mean',
    row: 'normalization',
    description: 'Subtracted from pixels in [0,1]; for all channels, or one for each: 0.49,0.48,0.45',
  }),
  std: field(list(pixelDeviation, 'one number for all channels, or a list of one for each'), {
    default: null,
    flag: 'std',
    row: 'normalization',
    description: 'What they are then divided by; for all channels, or one for each',
  }),
};

const augmentation = {
  cropPadding: field(whole(0), {
    default: 4,
    flag: 'crop-padding',
    row: 'augmentation',
    description: 'Black pixels put around an image before a part of its size is cut out at random',
  }),
  flipProbability: field(share, {
    default: 0.5,
    flag: 'flip-probability',
    row: 'augmentation',
    description: 'How often an image is mirrored left to right',
  }),
};

const named = (thing: string, variants: object): string =>
  `an object with the name of ${thing}: ${oneOf(Object.keys(variants))}`;

/** Every field of a recipe. The default recipe is made of their defaults. */
export const recipeFields = {
  epochs: field(whole(1), {
    default: 20,
    flag: 'epochs',
    alias: 'e',
    row: 'epochs',
    description: 'Passes over the training images',
  }),
  // Shapes of tensors are its multiples: beyond this they would leave the numbers that a shape can have.
  batchSize: field(wholeUpTo(1, 2 ** 20), {
    default: 64,
    flag: 'batch-size',
    alias: 'b',
    row: 'batch size',
    description: 'Images in a training step',
  }),
  seed: field(whole(0), {
    default: 42,
    flag: 'seed',
    row: 'seed',
    description: 'Seed of initialization, shuffling, augmentation and dropout',
  }),
  splitSeed: field(whole(0), {
    default: 42,
    flag: 'split-seed',
    row: 'seed of the split',
    description: 'Seed of the split into training and validation images',
  }),
  optimizer: {
    ...field(
      {
        kind: 'choice',
        choices: Object.keys(optimizers),
        schema: z.discriminatedUnion(
          'name',
          [optimizers.sgd.schema, optimizers.adam.schema, optimizers.adamw.schema],
          named('an optimizer', optimizers),
        ),
      },
      {
        default: { name: 'adamw', lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 1e-2 },
        flag: 'optimizer',
        row: 'optimizer',
        description: 'Optimizer',
      },
    ),
    variants: optimizers,
  },
  schedule: {
    ...field(
      {
        kind: 'choice',
        choices: Object.keys(schedules),
        schema: z.discriminatedUnion(
          'name',
          [
            schedules.constant.schema,
            schedules.plateau.schema,
            schedules.step.schema,
            schedules.cosine.schema,
            schedules['one-cycle'].schema,
          ],
          named('a schedule', schedules),
        ),
      },
      {
        // A model that nobody has tuned gets a warm-up; a cosine that is chosen in place of another schedule has none.
        default: { name: 'cosine', warmupEpochs: 1, minLr: 0 },
        flag: 'schedule',
        row: 'schedule',
        description: 'Learning-rate schedule',
      },
    ),
    variants: schedules,
  },
  // A model may have no dropout layer at all.
  dropout: field(nullable(list(dropoutRate, 'one rate for all dropout layers, or a list of one for each', 0)), {
    default: null,
    absent: "the model's own",
    flag: 'dropout',
    row: 'dropout',
    description: 'Dropout rate of all layers, or one for each: 0.05,0.1,0.15,0.2',
  }),
  /** Pixels are scaled to [0,1], then (x - mean) / std. */
  normalization: {
    ...field(
      {
        kind: 'group',
        schema: z.strictObject(schemasOf(normalization), 'an object with mean and std, or null').nullable(),
      },
      {
        default: null,
        absent: "the images' own",
        flag: null,
        unflagged: 'its two parts have one each',
        row: 'normalization',
        description: 'What is subtracted from pixels in [0,1], and what they are then divided by',
      },
    ),
    fields: normalization,
  },
  augmentation: {
    ...field(
      {
        kind: 'switch',
        schema: z
          .strictObject(schemasOf(augmentation), 'true, false, null or an object with cropPadding and flipProbability')
          .nullable(),
      },
      {
        default: null,
        absent: 'none',
        flag: 'augmentation',
        row: 'augmentation',
        description: 'Random crops and flips',
      },
    ),
    fields: augmentation,
  },
  earlyStop: field(nullable(whole(1, ', or null')), {
    default: null,
    absent: 'never',
    flag: 'early-stop',
    row: 'early stopping',
    description: 'Stop after so many epochs without a lower validation loss',
  }),
} as const satisfies Readonly<Record<string, RecipeField>>;

/** A field of a recipe: one value, or a group of values that stand in it (`fields`), or beside its name (`variants`). */
export type RecipeField = Field & {
  readonly fields?: Fields;
  readonly variants?: Readonly<Record<string, { readonly fields: Fields; readonly schema: z.ZodType }>>;
};

const schema = z.strictObject(schemasOf(recipeFields), 'an object with the keys of a recipe');

/** How a model is trained: everything a run needs beside data and device. Plain data. */
export type Recipe = Frozen<z.output<typeof schema>>;

/** Learning-rate schedules; the numbers mean what they mean in PyTorch's schedulers of the same name. */
export type ScheduleRecipe = Recipe['schedule'];

/** A recipe whose dropout rates are known: one for each dropout layer of a model. */
export type ModelRecipe = Recipe & { readonly dropout: readonly number[] };

/** A recipe with nothing left open: what a run records. Means and standard deviations are one for each channel. */
export type ResolvedRecipe = ModelRecipe & { readonly normalization: NonNullable<Recipe['normalization']> };

/** A complete recipe. What depends on several keys, or on the model, is checked by `problemsOf`. */
export const recipeSchema: z.ZodType<Recipe> = schema;

/** A recipe with nothing left open, as it stands in a run's configuration. */
export const resolvedRecipeSchema: z.ZodType<ResolvedRecipe> = schema.extend({
  dropout: recipeFields.dropout.schema.unwrap(),
  normalization: recipeFields.normalization.schema.unwrap(),
});

// What graphs know of optimizers is what a recipe can say of them.
recipeFields.optimizer.schema satisfies z.ZodType<OptimizerRecipe>;

type Inside<One> = One extends { readonly fields: infer Group } ? Group[keyof Group] : never;
type Beside<One> = One extends { readonly variants: infer Group } ? Inside<Group[keyof Group]> : never;
type Top = (typeof recipeFields)[keyof typeof recipeFields];
type Every = Top | Inside<Top> | Beside<Top>;

/** The options of a recipe on a command line. */
export type RecipeFlag = Exclude<Every['flag'], null>;

/** The rows of a table of hyper-parameters that tell a recipe. */
export type RecipeRow = Exclude<Every['row'], null>;
