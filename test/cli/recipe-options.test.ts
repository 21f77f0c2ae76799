import { expect, it } from 'vitest';
import { globalOptions } from '../../src/cli/global-options.ts';
import { readLine } from '../../src/cli/read-line.ts';
import { recipeOptions, recipeValues } from '../../src/cli/recipe-options.ts';
import { commandWording } from '../../src/cli/wording.ts';
import { UsageError } from '../../src/errors.ts';
import { configFrom } from '../../src/recipe/config-file.ts';
import { RecipeError } from '../../src/recipe/recipe-error.ts';
import { resolveRecipe } from '../../src/recipe/resolve.ts';
import { type ModelRecipe, type RecipeField, recipeFields } from '../../src/recipe/schema.ts';
import { entryOf, type ModelName, modelNames } from '../models.ts';

const table = { model: { description: 'Model' } };

/** The recipe of a model under a configuration file and a line of options. */
function trained(name: ModelName, line: string, file: unknown = {}): ModelRecipe {
  const args = ['train', name, ...line.split(' ').filter((word) => word !== '')];
  const { values, problems } = readLine(args, 'train', { ...recipeOptions, ...globalOptions }, table);
  expect(problems).toEqual([]);
  const { definition, recipe } = entryOf(name);
  const subject = { model: definition, base: recipe, knownModels: modelNames };
  return resolveRecipe(subject, { file: configFrom('a.json', file), options: recipeValues(values) });
}

const m2 = entryOf('m2').recipe;

it('a line without options leaves the recipe as it is', () => {
  expect(recipeValues({})).toEqual({});
  expect(trained('m2', '')).toEqual(m2);
});

const lines: readonly (readonly [line: string, change: Partial<ModelRecipe>])[] = [
  [
    '--epochs 2 --batch-size 32 --seed 7 --split-seed 8 --dropout 0.1,0.2,0.3,0 --mean 0.1 --std 0.2,0.3 --early-stop 4',
    {
      epochs: 2,
      batchSize: 32,
      seed: 7,
      splitSeed: 8,
      dropout: [0.1, 0.2, 0.3, 0],
      normalization: { mean: [0.1], std: [0.2, 0.3] },
      earlyStop: 4,
    },
  ],
  [
    '--optimizer sgd --lr 0.05 --weight-decay 1e-4 --momentum 0.9',
    { optimizer: { name: 'sgd', lr: 0.05, momentum: 0.9, weightDecay: 1e-4 } },
  ],
  [
    '--optimizer adam --betas 0.8,0.99 --eps 1e-6',
    { optimizer: { name: 'adam', lr: 1e-3, betas: [0.8, 0.99], eps: 1e-6, weightDecay: 0 } },
  ],
  [
    '--plateau-mode max --factor 0.2 --patience 3 --threshold 0.01 --threshold-mode abs --cooldown 1 --min-lr 1e-5',
    {
      schedule: {
        name: 'plateau',
        mode: 'max',
        factor: 0.2,
        patience: 3,
        threshold: 0.01,
        thresholdMode: 'abs',
        cooldown: 1,
        minLr: 1e-5,
      },
    },
  ],
  ['--schedule step --step-size 2 --gamma 0.5', { schedule: { name: 'step', stepSize: 2, gamma: 0.5 } }],
  [
    '--schedule cosine --warmup-epochs 0.5 --min-lr 1e-6',
    { schedule: { name: 'cosine', warmupEpochs: 0.5, minLr: 1e-6 } },
  ],
  [
    '--schedule one-cycle --max-lr 0.1 --pct-start 0.2 --div-factor 10 --final-div-factor 100',
    { schedule: { name: 'one-cycle', maxLr: 0.1, pctStart: 0.2, divFactor: 10, finalDivFactor: 100 } },
  ],
  ['--crop-padding 2 --flip-probability 0.1', { augmentation: { cropPadding: 2, flipProbability: 0.1 } }],
  ['--no-augmentation', { augmentation: null }],
];

it.each(lines)('%s', (line, change) => {
  expect(trained('m2', line)).toEqual({ ...m2, ...change });
});

it('every option is among those, and every field of a recipe has one or says why not', () => {
  const all = lines.map(([line]) => `${line} `).join('');
  for (const name of Object.keys(recipeOptions)) expect(all).toMatch(new RegExp(`--(no-)?${name} `));
  const fields = Object.values<RecipeField>(recipeFields).flatMap((top) => [
    top,
    ...Object.values(top.fields ?? {}),
    ...Object.values(top.variants ?? {}).flatMap((variant) => Object.values(variant.fields)),
  ]);
  const without = fields.filter(({ flag }) => flag === null);
  expect(without.map(({ description, unflagged }) => [description, unflagged])).toEqual([
    [recipeFields.normalization.description, recipeFields.normalization.unflagged],
  ]);
});

it('what is left out as a whole has no parts', () => {
  const refused = () => trained('m2', '--no-augmentation --crop-padding 2');
  expect(refused).toThrow(UsageError);
  expect(refused).toThrow(/--no-augmentation and .*cropPadding.* exclude each other/);
});

it.each([
  ['--optimizer adamm', "did you mean 'adam'?"],
  ['--schedule cosin', "did you mean 'cosine'?"],
  ['--schedule plateau --threshold-mode ab', "--threshold-mode: expected one of 'rel', 'abs' (did you mean 'abs'?)"],
  ['--crop-padding -1', '--crop-padding: expected a whole number of at least 0, got -1'],
  ['--betas 0.9', '--betas: expected two numbers'],
  ['--patience 2', "--patience: schedule 'constant' has no patience, it belongs to 'plateau'"],
])('%s is refused with what may be meant', (line, told) => {
  try {
    trained('m1', line);
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    expect(error.worded(commandWording(undefined))).toContain(told);
  }
});

it('one dropout rate is that of all layers', () => {
  expect(trained('m2', '-b 64 --lr 1e-2 --no-augmentation --dropout .25 --early-stop 2')).toEqual({
    ...m2,
    batchSize: 64,
    optimizer: { ...m2.optimizer, lr: 0.01 },
    augmentation: null,
    dropout: [0.25, 0.25, 0.25, 0.25],
    earlyStop: 2,
  });
});

it.each(['--early-stop 0', '--no-early-stop'])('%s never stops early', (line) => {
  expect(trained('m1', line, { earlyStop: 3 }).earlyStop).toBeNull();
});

it('problems name the option where it was an option, and the file where it was a file', () => {
  const line =
    '--epochs 1.5 --seed Infinity --lr -1 --momentum 0.9 --schedule steps --dropout 0.1,2 --std 0 --early-stop -1';
  try {
    trained('m1', line, { batchSize: 0 });
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    expect(error.worded(commandWording(undefined)).split('\n').toSorted()).toEqual([
      "'batchSize' in configuration 'a.json': expected a whole number from 1 to 1048576, got 0",
      "--dropout: expected 1 rate, one for each dropout layer of model 'm1' (or one number for all), got [0.1,2]",
      '--dropout: expected a rate of at least 0 and below 1 (dropout 1 would drop everything), got 2',
      '--early-stop: expected a whole number of at least 1, or null, got -1',
      '--epochs: expected a whole number of at least 1, got 1.5',
      '--lr: expected a finite number above 0, got -1',
      "--momentum: optimizer 'adam' has no momentum, it belongs to 'sgd': choose that or leave it out",
      "--schedule: expected one of 'constant', 'plateau', 'step', 'cosine', 'one-cycle' (did you mean 'step'?), got 'steps'",
      '--seed: expected a whole number of at least 0, got Infinity',
      '--std: expected a number above 0 and at most 1 (pixels are scaled to [0,1] first), got 0',
    ]);
  }
});
