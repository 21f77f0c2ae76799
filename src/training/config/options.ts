import type { OptimizerRecipe, Recipe, ScheduleRecipe } from '../../../graphs/models/recipe.ts';
import { isValues, type Values } from './values.ts';

type KeysOf<Union> = Union extends unknown ? keyof Union & string : never;

/** Every key of a recipe, as messages write it. */
export type RecipePath =
  | keyof Recipe
  | `optimizer.${KeysOf<OptimizerRecipe>}`
  | `schedule.${KeysOf<ScheduleRecipe>}`
  | `normalization.${keyof Recipe['normalization']}`;

/** One command-line option of the recipe. The fields but the last two are yargs' own, so a row can be handed to it. */
export interface RecipeOption {
  readonly type: 'number' | 'string' | 'boolean';
  readonly description: string;
  readonly alias?: string;
  /** Without it, yargs takes `--lr` with nothing after it for an absent option. */
  readonly requiresArg?: true;
  readonly path: RecipePath;
  /** From what yargs hands over to what a configuration file would hold. */
  readonly read?: (value: unknown) => unknown;
}

/** The options that change a recipe, by name. Their defaults are the model's recipe, so none is declared here. */
export const optionTable = {
  epochs: {
    type: 'number',
    requiresArg: true,
    alias: 'e',
    path: 'epochs',
    description: 'Passes over the training images',
  },
  'batch-size': {
    type: 'number',
    requiresArg: true,
    alias: 'b',
    path: 'batchSize',
    description: 'Images per training step',
  },
  seed: {
    type: 'number',
    requiresArg: true,
    path: 'seed',
    description: 'Seed of initialization, shuffling, augmentation and dropout',
  },
  optimizer: { type: 'string', requiresArg: true, path: 'optimizer.name', description: 'sgd, adam or adamw' },
  lr: { type: 'number', requiresArg: true, path: 'optimizer.lr', description: 'Learning rate; the peak of one-cycle' },
  'weight-decay': { type: 'number', requiresArg: true, path: 'optimizer.weightDecay', description: 'Weight decay' },
  momentum: { type: 'number', requiresArg: true, path: 'optimizer.momentum', description: 'Momentum of sgd' },
  schedule: {
    type: 'string',
    requiresArg: true,
    path: 'schedule.name',
    description: 'Learning-rate schedule: constant, plateau, step, cosine or one-cycle',
  },
  dropout: {
    type: 'string',
    requiresArg: true,
    path: 'dropout',
    read: numberList,
    description: 'Dropout rate, or one for each dropout layer: 0.05,0.1,0.15,0.2',
  },
  augmentation: {
    type: 'boolean',
    path: 'augmentation',
    description: 'Random crops and flips; --no-augmentation for none',
  },
  mean: {
    type: 'number',
    requiresArg: true,
    path: 'normalization.mean',
    description: 'Mean subtracted from pixels in [0,1]',
  },
  std: { type: 'number', requiresArg: true, path: 'normalization.std', description: 'What pixels are then divided by' },
  'early-stop': {
    type: 'number',
    requiresArg: true,
    path: 'earlyStop',
    read: orNever,
    description: 'Stop after so many epochs without a lower validation loss; 0 never stops early',
  },
} as const satisfies Readonly<Record<string, RecipeOption>>;

export type OptionName = keyof typeof optionTable;

/** What the command line gives: yargs' parsed arguments as they are. Absent options are missing or undefined. */
export type RecipeOptions = { readonly [Name in OptionName]?: unknown };

const table: Readonly<Record<string, RecipeOption>> = optionTable;

/** '0.1,0.2' as numbers, '0.1' as one number. What is no number stays as it was written, to be named by validation. */
function numberList(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const rates = value
    .split(',')
    .map((part) => (part.trim() === '' || Number.isNaN(Number(part)) ? part : Number(part)));
  return rates.length === 1 && typeof rates[0] === 'number' ? rates[0] : rates;
}

/** yargs makes 0 of `--no-early-stop`. */
function orNever(value: unknown): unknown {
  return value === 0 || value === false ? null : value;
}

/** The options as a configuration file would say them. Names that are not in the table are somebody else's. */
export function optionValues(options: RecipeOptions): Values {
  const given: Values = options;
  let values: Values = {};
  for (const [name, { path, read }] of Object.entries(table)) {
    const raw = Object.hasOwn(given, name) ? given[name] : undefined;
    if (raw === undefined) continue;
    const value = read ? read(raw) : raw;
    const [key = '', inner] = path.split('.');
    const group = values[key];
    values = { ...values, [key]: inner === undefined ? value : { ...(isValues(group) ? group : {}), [inner]: value } };
  }
  return values;
}

/** The option that sets this key of a recipe, or the list that the key is an element of: `dropout[1]`. */
export function optionFor(path: string): string | undefined {
  const [list = path] = path.split('[');
  return Object.entries(table).find(([, row]) => row.path === list)?.[0];
}
