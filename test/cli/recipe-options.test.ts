import { expect, it } from 'vitest';
import { globalOptions } from '../../src/cli/global-options.ts';
import { readLine } from '../../src/cli/read-line.ts';
import { recipeOptions, recipeValues } from '../../src/cli/recipe-options.ts';
import { commandWording } from '../../src/cli/wording.ts';
import { configFrom } from '../../src/recipe/config-file.ts';
import { RecipeError } from '../../src/recipe/recipe-error.ts';
import { resolveRecipe } from '../../src/recipe/resolve.ts';
import type { ModelRecipe } from '../../src/recipe/schema.ts';
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

it('every option sets its value', () => {
  const line =
    '--epochs 2 --batch-size 32 --seed 7 --optimizer sgd --lr 0.05 --weight-decay 1e-4 --momentum 0.9 --schedule cosine ' +
    '--dropout 0.1,0.2,0.3,0 --no-augmentation --mean 0.1 --std 0.2,0.3 --early-stop 4';
  for (const name of Object.keys(recipeOptions)) expect(line).toMatch(new RegExp(`--(no-)?${name} `));
  expect(trained('m2', line)).toEqual({
    epochs: 2,
    batchSize: 32,
    seed: 7,
    splitSeed: 42,
    optimizer: { name: 'sgd', lr: 0.05, momentum: 0.9, weightDecay: 1e-4 },
    schedule: { name: 'cosine', warmupEpochs: 0, minLr: 0 },
    dropout: [0.1, 0.2, 0.3, 0],
    normalization: { mean: [0.1], std: [0.2, 0.3] },
    augmentation: null,
    earlyStop: 4,
  } satisfies ModelRecipe);
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
      "'batchSize' in configuration 'a.json': expected a whole number of at least 1, got 0",
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
