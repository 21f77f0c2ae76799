import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import yargs from 'yargs';
import type { OptimizerRecipe, Recipe, ScheduleRecipe } from '../../../graphs/models/recipe.ts';
import { UsageError } from '../../../src/errors.ts';
import { configFrom, optionTable, type RecipeOptions, resolveRecipe } from '../../../src/training/config/index.ts';
import { entryOf, type ModelName } from '../../models.ts';

const m1 = entryOf('m1').recipe;
const m2 = entryOf('m2').recipe;

function fromFile(model: ModelName, value: unknown, options: RecipeOptions = {}): Recipe {
  return resolveRecipe(model, { file: configFrom('a.json', value), options });
}

/** The lines of the UsageError that this must throw. */
function complaints(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof UsageError) return error.message.split('\n');
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('layers', () => {
  it("are the model's own recipe, then the file, then the options", () => {
    expect(resolveRecipe('m1')).toEqual(m1);
    expect(resolveRecipe('m2', { file: undefined, options: { lr: undefined, augmentation: undefined } })).toEqual(m2);
    const file = { optimizer: { lr: 0.01, eps: 1e-6 }, epochs: 3, normalization: { mean: 0.25 } };
    expect(fromFile('m2', file, { lr: 0.1, 'batch-size': 64 })).toEqual({
      ...m2,
      epochs: 3,
      batchSize: 64,
      optimizer: { ...m2.optimizer, lr: 0.1, eps: 1e-6 },
      normalization: { mean: 0.25, std: 0.5 },
    });
  });

  it('take every option of the table', () => {
    const options = {
      epochs: 2,
      'batch-size': 32,
      seed: 7,
      optimizer: 'sgd',
      lr: 0.05,
      'weight-decay': 1e-4,
      momentum: 0.9,
      schedule: 'cosine',
      dropout: '0.1, 0.2,0.3,0',
      augmentation: false,
      mean: 0.1,
      std: 0.2,
      'early-stop': 4,
    } satisfies Record<keyof typeof optionTable, unknown>;
    expect(resolveRecipe('m2', { options })).toEqual({
      epochs: 2,
      batchSize: 32,
      seed: 7,
      splitSeed: 42,
      optimizer: { name: 'sgd', lr: 0.05, momentum: 0.9, weightDecay: 1e-4 },
      schedule: { name: 'cosine', warmupEpochs: 0, minLr: 0 },
      dropout: [0.1, 0.2, 0.3, 0],
      normalization: { mean: 0.1, std: 0.2 },
      augmentation: null,
      earlyStop: 4,
    } satisfies Recipe);
    expect(fromFile('m1', { earlyStop: 3 }, { 'early-stop': 0 }).earlyStop).toBeNull();
  });

  it('take the arguments of yargs as they are', async () => {
    const parse = (line: string) => yargs().options(optionTable).parse(line);
    const argv = await parse('train m2 -b 64 --lr 1e-2 --no-augmentation --dropout .25 --early-stop 2 --other 1');
    expect(resolveRecipe('m2', { options: argv })).toEqual({
      ...m2,
      batchSize: 64,
      optimizer: { ...m2.optimizer, lr: 0.01 },
      augmentation: null,
      dropout: [0.25, 0.25, 0.25, 0.25],
      earlyStop: 2,
    });
    const never = await parse('train m2 --no-early-stop --lr abc');
    expect(complaints(() => fromFile('m2', { earlyStop: 3 }, never))).toEqual([
      '--lr: expected a finite number above 0, got NaN',
    ]);
  });

  it('accept one dropout rate for all layers, and augmentation as a switch', () => {
    expect(fromFile('m2', { dropout: 0.5 }).dropout).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(resolveRecipe('m1', { options: { dropout: '0.4' } }).dropout).toEqual([0.4]);
    expect(fromFile('m1', { augmentation: true }).augmentation).toEqual({ cropPadding: 4, flipProbability: 0.5 });
    expect(fromFile('m1', { augmentation: { cropPadding: 2 } }).augmentation).toEqual({
      cropPadding: 2,
      flipProbability: 0.5,
    });
    expect(fromFile('m2', { augmentation: { cropPadding: 2 } }, { augmentation: true }).augmentation?.cropPadding).toBe(
      2,
    );
    expect(fromFile('m2', { augmentation: null }).augmentation).toBeNull();
  });
});

describe('another optimizer or schedule', () => {
  it("starts from PyTorch's defaults and keeps the learning rate", () => {
    expect(fromFile('m1', { optimizer: { name: 'sgd' } }).optimizer).toEqual({
      name: 'sgd',
      lr: 1e-3,
      momentum: 0,
      weightDecay: 0,
    });
    expect(fromFile('m1', { optimizer: { name: 'adamw' } }).optimizer).toEqual({
      ...m1.optimizer,
      name: 'adamw',
      weightDecay: 0.01,
    });
    expect(fromFile('m1', { schedule: { name: 'plateau', patience: 1 } }).schedule).toMatchObject({
      factor: 0.1,
      patience: 1,
      threshold: 1e-4,
    });
    expect(fromFile('m1', { schedule: { name: 'step' } }).schedule).toEqual({ name: 'step', stepSize: 4, gamma: 0.1 });
  });

  it('replaces what a lower layer chose, but keeps what fits', () => {
    const file = { optimizer: { name: 'sgd', lr: 0.2, momentum: 0.9 } };
    expect(fromFile('m1', file, { optimizer: 'adam' }).optimizer).toEqual({ ...m1.optimizer, lr: 0.2 });
    expect(fromFile('m1', file, { optimizer: 'sgd', 'weight-decay': 0.1 }).optimizer).toEqual({
      name: 'sgd',
      lr: 0.2,
      momentum: 0.9,
      weightDecay: 0.1,
    });
    expect(fromFile('m1', { optimizer: { momentum: 0.5 } }, { optimizer: 'sgd' }).optimizer).toMatchObject({
      momentum: 0.5,
    });
  });

  it('takes the learning rate as the peak of one-cycle', () => {
    const peak = (recipe: Recipe) => (recipe.schedule.name === 'one-cycle' ? recipe.schedule.maxLr : undefined);
    const oneCycle = { schedule: { name: 'one-cycle' } };
    expect(fromFile('m1', oneCycle).schedule).toEqual({
      name: 'one-cycle',
      maxLr: 1e-3,
      pctStart: 0.3,
      divFactor: 25,
      finalDivFactor: 1e4,
    });
    expect(peak(fromFile('m1', oneCycle, { lr: 0.02 }))).toBe(0.02);
    expect(peak(fromFile('m1', { ...oneCycle, optimizer: { lr: 0.03 } }))).toBe(0.03);
    expect(peak(fromFile('m1', { schedule: { name: 'one-cycle', maxLr: 0.5 }, optimizer: { lr: 0.1 } }))).toBe(0.5);
    expect(peak(fromFile('m1', { schedule: { name: 'one-cycle', maxLr: 0.5 } }, { lr: 0.1 }))).toBe(0.1);
  });
});

describe('refusals', () => {
  it.each<[unknown, string]>([
    [{ optimiser: {} }, "unknown key 'optimiser' in configuration 'a.json'; did you mean 'optimizer'?"],
    [{ optimizer: { lrr: 1 } }, "unknown key 'optimizer.lrr' in configuration 'a.json'; did you mean 'optimizer.lr'?"],
    [{ batch_size: 1 }, "unknown key 'batch_size' in configuration 'a.json'; did you mean 'batchSize'?"],
    [{ lr: 1 }, "unknown key 'lr' in configuration 'a.json'; did you mean 'optimizer.lr'?"],
    [
      { normalization: { median: 1 } },
      "unknown key 'normalization.median' in configuration 'a.json'; did you mean 'normalization.mean'?",
    ],
    [
      { augmentation: { rotation: 1 } },
      "unknown key 'augmentation.rotation' in configuration 'a.json'; known keys: augmentation.cropPadding, augmentation.flipProbability",
    ],
    [
      { optimizer: { momentum: 0.9 } },
      "unknown key 'optimizer.momentum' in configuration 'a.json'; optimizer 'adamw' has no momentum, it belongs to 'sgd': choose that or leave it out",
    ],
    [
      { optimizer: { name: 'adamx' } },
      "'optimizer.name' in configuration 'a.json': expected one of 'sgd', 'adam', 'adamw' (did you mean 'adam'?), got 'adamx'",
    ],
    [
      { schedule: 'cosine' },
      "'schedule' in configuration 'a.json': expected an object with the name of a schedule: one of 'constant', 'plateau', 'step', 'cosine', 'one-cycle', got 'cosine'",
    ],
    [
      { dropout: [0.1, 1, 0.1, 0.1] },
      "'dropout[1]' in configuration 'a.json': expected a rate of at least 0 and below 1 (dropout 1 would drop everything), got 1",
    ],
    [
      { dropout: 1 },
      "'dropout' in configuration 'a.json': expected a rate of at least 0 and below 1 (dropout 1 would drop everything), got 1",
    ],
    [
      { optimizer: { lr: 1e60 }, schedule: { name: 'one-cycle' } },
      "'optimizer.lr' in configuration 'a.json': expected a finite number above 0, got 1e+60",
    ],
    [
      { dropout: [0.1] },
      "'dropout' in configuration 'a.json': expected 4 rates, one for each dropout layer of model 'm2' (or one number for all), got [0.1]",
    ],
    [
      { schedule: { minLr: 0.01 } },
      "'schedule.minLr' in configuration 'a.json': expected at most the learning rate (0.001), got 0.01",
    ],
    [
      { epochs: 2, schedule: { name: 'cosine', warmupEpochs: 2 } },
      "'schedule.warmupEpochs' in configuration 'a.json': expected fewer than all 2 epochs, got 2",
    ],
    [
      { model: 'm1' },
      "configuration 'a.json' is for model 'm1', but 'm2' was asked for; train 'm1' with it, or use another file",
    ],
    [
      { recipe: {}, model: 'm3' },
      "configuration 'a.json' is for model 'm3', but 'm2' was asked for; there are m1, m2; did you mean 'm1'?",
    ],
    [[3], 'configuration \'a.json\': expected an object such as {"epochs": 3}, got [3]'],
  ])('%j', (value, line) => {
    expect(complaints(() => fromFile('m2', value))).toEqual([line]);
  });

  it.each<[string, unknown]>([
    ['epochs', 0],
    ['epochs', null],
    ['batchSize', 0],
    ['batchSize', 12.5],
    ['seed', -1],
    ['splitSeed', 2 ** 53],
    ['earlyStop', 0],
    ['optimizer.lr', 0],
    ['optimizer.lr', -1e-3],
    ['optimizer.lr', 1e-60],
    ['optimizer.lr', 1e60],
    ['optimizer.lr', '0.1'],
    ['optimizer.lr', Number.POSITIVE_INFINITY],
    ['optimizer.name', null],
    ['optimizer.betas', [0.9]],
    ['optimizer.betas', 0.9],
    ['optimizer.eps', 0],
    ['optimizer.weightDecay', -1],
    ['schedule.factor', 0],
    ['schedule.factor', 1],
    ['schedule.patience', -1],
    ['schedule.mode', 'avg'],
    ['schedule.minLr', -1],
    ['dropout', 'none'],
    ['normalization.std', 0],
    ['normalization.mean', 72.94],
    ['normalization', null],
    ['augmentation', 'none'],
    ['augmentation.flipProbability', 1.5],
    ['augmentation.cropPadding', 29],
    ['augmentation.cropPadding', 1.5],
  ])('%s of %j', (path, value) => {
    const [key = '', inner] = path.split('.');
    const lines = complaints(() => fromFile('m2', { [key]: inner === undefined ? value : { [inner]: value } }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^'${path}' in configuration 'a.json': expected .+, got .+`));
  });

  it('name the option where it was an option', () => {
    const options = {
      epochs: 1.5,
      'batch-size': [1, 2],
      seed: Number.NaN,
      lr: -1,
      momentum: 0.9,
      schedule: 'steps',
      dropout: '0.1,x',
      std: 0,
      'early-stop': -1,
    };
    expect(complaints(() => resolveRecipe('m1', { options })).toSorted()).toEqual([
      '--batch-size: expected a whole number of at least 1, got [1,2]',
      '--dropout: expected 1 rate, one for each dropout layer of model \'m1\' (or one number for all), got [0.1,"x"]',
      "--dropout: expected a rate of at least 0 and below 1 (dropout 1 would drop everything), got 'x'",
      '--early-stop: expected a whole number of at least 1, or null, got -1',
      '--epochs: expected a whole number of at least 1, got 1.5',
      '--lr: expected a finite number above 0, got -1',
      "--momentum: optimizer 'adam' has no momentum, it belongs to 'sgd': choose that or leave it out",
      "--schedule: expected one of 'constant', 'plateau', 'step', 'cosine', 'one-cycle' (did you mean 'step'?), got 'steps'",
      '--seed: expected a whole number of at least 0, got NaN',
      '--std: expected a number above 0 and at most 1 (pixels are scaled to [0,1] first), got 0',
    ]);
  });

  it('tell each problem by the layer that it came from, all at once', () => {
    expect(complaints(() => fromFile('m1', { epochs: 0, optimizer: { lr: 0 }, dropuot: 1 }, { lr: -1 }))).toEqual([
      "'epochs' in configuration 'a.json': expected a whole number of at least 1, got 0",
      '--lr: expected a finite number above 0, got -1',
      "unknown key 'dropuot' in configuration 'a.json'; did you mean 'dropout'?",
    ]);
  });

  it('leave no doubt where a recipe is wrapped', () => {
    expect(complaints(() => configFrom('a.json', { recipe: {}, epochs: 3 }))[0]).toMatch(
      /has 'epochs' beside 'recipe'/,
    );
  });
});

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const rate = real(1e-6, 1);
const adam = { betas: fc.tuple(real(0, 0.999), real(0, 0.999)), eps: rate, weightDecay: real(0, 1) };
const optimizers: fc.Arbitrary<Partial<OptimizerRecipe>> = fc.oneof(
  fc.record({ name: fc.constant('sgd' as const), lr: rate, momentum: real(0, 0.99) }, { requiredKeys: ['name'] }),
  fc.record(
    { name: fc.constantFrom('adam' as const, 'adamw' as const), lr: rate, ...adam },
    { requiredKeys: ['name'] },
  ),
);
const schedules: fc.Arbitrary<Partial<ScheduleRecipe>> = fc.oneof(
  fc.record({ name: fc.constantFrom('constant' as const, 'step' as const, 'cosine' as const) }),
  fc.record(
    {
      name: fc.constant('plateau' as const),
      patience: fc.nat(9),
      mode: fc.constantFrom('min' as const, 'max' as const),
    },
    { requiredKeys: ['name'] },
  ),
  fc.record({ name: fc.constant('one-cycle' as const), maxLr: rate, pctStart: real(0, 1) }, { requiredKeys: ['name'] }),
);
const partialRecipes = fc.record(
  {
    epochs: fc.integer({ min: 1, max: 99 }),
    seed: fc.maxSafeNat(),
    optimizer: optimizers,
    schedule: schedules,
    dropout: real(0, 0.99),
    augmentation: fc.oneof(fc.boolean(), fc.record({ cropPadding: fc.nat(28) }), fc.constant(null)),
    earlyStop: fc.option(fc.integer({ min: 1, max: 9 })),
  },
  { requiredKeys: [] },
);
const models = fc.constantFrom<ModelName[]>('m1', 'm2');

describe('properties', () => {
  it('a resolved recipe resolves to itself, through JSON too', () => {
    fc.assert(
      fc.property(models, partialRecipes, (model, partial) => {
        const recipe = fromFile(model, partial);
        expect(fromFile(model, { model, recipe: JSON.parse(JSON.stringify(recipe)) })).toEqual(recipe);
        expect(recipe).toMatchObject('optimizer' in partial ? { optimizer: partial.optimizer } : {});
      }),
      { numRuns: 200 },
    );
  });

  it('whatever a file or the options hold, there is a recipe or a UsageError', () => {
    const keys = [
      'model',
      'recipe',
      'name',
      'lr',
      'betas',
      'maxLr',
      '__proto__',
      ...Object.keys(m1),
      ...Object.keys(optionTable),
    ];
    const leaf = fc.oneof(
      fc.constantFrom<unknown[]>(
        true,
        false,
        null,
        undefined,
        0,
        1,
        -1,
        Number.NaN,
        'sgd',
        'one-cycle',
        'constructor',
        1n,
      ),
      fc.jsonValue({ maxDepth: 1 }),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom(...keys), tie('tree'), { maxKeys: 6 }),
      ),
    }));
    const options = fc.dictionary(fc.constantFrom(...Object.keys(optionTable), '_', '__proto__'), leaf);
    fc.assert(
      fc.property(models, tree, options, (model, value, given) => {
        try {
          const recipe = fromFile(model, value, given);
          expect(fromFile(model, recipe)).toEqual(recipe);
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
          expect(error.message.length).toBeGreaterThan(10);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
