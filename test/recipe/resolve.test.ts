import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OptimizerRecipe } from '../../graphs/optim/optimizer-recipe.ts';
import { UsageError } from '../../src/errors.ts';
import { configFrom } from '../../src/recipe/config-file.ts';
import { defaultRecipe, recipeFor } from '../../src/recipe/defaults.ts';
import { RecipeError } from '../../src/recipe/recipe-error.ts';
import { type RecipeLayers, type RecipeSubject, resolveRecipe } from '../../src/recipe/resolve.ts';
import { resolveForData } from '../../src/recipe/resolve-for-data.ts';
import {
  type ModelRecipe,
  type Recipe,
  type RecipeField,
  recipeFields,
  type ScheduleRecipe,
} from '../../src/recipe/schema.ts';
import type { Values } from '../../src/recipe/values.ts';
import { entryOf, type ModelName, modelNames } from '../models.ts';

const m1 = entryOf('m1').recipe;
const m2 = entryOf('m2').recipe;

function subject(name: ModelName, base: Recipe = entryOf(name).recipe): RecipeSubject {
  return { model: entryOf(name).definition, base, knownModels: modelNames };
}

function resolved(model: ModelName, layers?: RecipeLayers): ModelRecipe {
  return resolveRecipe(subject(model), layers);
}

function fromFile(model: ModelName, value: unknown, options: Values = {}): ModelRecipe {
  return resolved(model, { file: configFrom('a.json', value), options });
}

/** A model that no experiment knows. */
function untuned(layers?: RecipeLayers): ModelRecipe {
  return resolveRecipe(subject('m2', defaultRecipe), layers);
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
    expect(resolved('m1')).toEqual(m1);
    const nothing = { optimizer: { lr: undefined }, augmentation: undefined };
    expect(resolved('m2', { file: undefined, options: nothing })).toEqual(m2);
    const file = { optimizer: { lr: 0.01, eps: 1e-6 }, epochs: 3, normalization: { mean: 0.25 } };
    expect(fromFile('m2', file, { optimizer: { lr: 0.1 }, batchSize: 64 })).toEqual({
      ...m2,
      epochs: 3,
      batchSize: 64,
      optimizer: { ...m2.optimizer, lr: 0.1, eps: 1e-6 },
      normalization: { mean: [0.25], std: [0.5] },
    });
  });

  it('give a model without dropout layers none, and refuse it any', () => {
    const model = { ...entryOf('m1').definition, dropout: [] };
    const of = (layers?: RecipeLayers) =>
      resolveRecipe({ model, base: defaultRecipe, knownModels: modelNames }, layers);
    expect(of().dropout).toEqual([]);
    expect(of({ file: configFrom('a.json', { dropout: [] }) }).dropout).toEqual([]);
    expect(() => of({ file: configFrom('a.json', { dropout: [0.1] }) })).toThrow(/expected 0 rates, one for each/);
    expect(() => fromFile('m1', { dropout: [] })).toThrow(/expected 1 rate, one for each dropout layer/);
  });

  it('accept one dropout rate for all layers, and augmentation as a switch', () => {
    expect(fromFile('m2', { dropout: 0.5 }).dropout).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(resolved('m1', { options: { dropout: 0.4 } }).dropout).toEqual([0.4]);
    expect(fromFile('m2', { dropout: 0.5 }, { dropout: null }).dropout).toEqual([0.05, 0.1, 0.15, 0.2]);
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
    expect(fromFile('m1', file, { optimizer: { name: 'adam' } }).optimizer).toEqual({ ...m1.optimizer, lr: 0.2 });
    expect(fromFile('m1', file, { optimizer: { name: 'sgd', weightDecay: 0.1 } }).optimizer).toEqual({
      name: 'sgd',
      lr: 0.2,
      momentum: 0.9,
      weightDecay: 0.1,
    });
    expect(fromFile('m1', { optimizer: { momentum: 0.5 } }, { optimizer: { name: 'sgd' } }).optimizer).toMatchObject({
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
    expect(peak(fromFile('m1', oneCycle, { optimizer: { lr: 0.02 } }))).toBe(0.02);
    expect(peak(fromFile('m1', { ...oneCycle, optimizer: { lr: 0.03 } }))).toBe(0.03);
    expect(peak(fromFile('m1', { schedule: { name: 'one-cycle', maxLr: 0.5 }, optimizer: { lr: 0.1 } }))).toBe(0.5);
    expect(peak(fromFile('m1', { schedule: { name: 'one-cycle', maxLr: 0.5 } }, { optimizer: { lr: 0.1 } }))).toBe(0.1);
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
    ['normalization', 'none'],
    ['normalization.mean', []],
    ['augmentation', 'none'],
    ['augmentation.flipProbability', 1.5],
    ['augmentation.cropPadding', -1],
    ['augmentation.cropPadding', 1.5],
  ])('%s of %j', (path, value) => {
    const [key = '', inner] = path.split('.');
    const lines = complaints(() => fromFile('m2', { [key]: inner === undefined ? value : { [inner]: value } }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^'${path}' in configuration 'a.json': expected .+, got .+`));
  });

  it('carry where each thing was written, for whoever words them', () => {
    const options = { epochs: 1.5, optimizer: { lr: -1, momentum: 0.9 }, dropout: [0.1, 2] };
    try {
      fromFile('m1', { seed: -1, epochs: 0 }, options);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof RecipeError)) throw error;
      const places = error.problems.map(({ path, kind, layer }) => [path.join('.'), kind, layer]);
      expect(places.toSorted()).toEqual([
        ['dropout', 'value', 'options'],
        ['dropout.1', 'value', 'options'],
        ['epochs', 'value', 'options'],
        ['optimizer.lr', 'value', 'options'],
        ['optimizer.momentum', 'unknown', 'options'],
        ['seed', 'value', 'file'],
      ]);
    }
  });

  it('miss a half of the normalization where the other half was written', () => {
    const refused = complaints(() => untuned({ options: { normalization: { mean: 0.3 } } }));
    expect(refused).toEqual([
      "'normalization.std': expected one number for all channels, or a list of one for each, got nothing",
    ]);
    const file = configFrom('a.json', { normalization: { std: 0.3 } });
    expect(complaints(() => untuned({ file }))).toEqual([
      "'normalization.mean' in configuration 'a.json': expected one number for all channels, or a list of one for each, got nothing",
    ]);
  });

  it('tell each problem by the layer that it came from, all at once', () => {
    expect(
      complaints(() => fromFile('m1', { epochs: 0, optimizer: { lr: 0 }, dropuot: 1 }, { optimizer: { lr: -1 } })),
    ).toEqual([
      "'epochs' in configuration 'a.json': expected a whole number of at least 1, got 0",
      "'optimizer.lr': expected a finite number above 0, got -1",
      "unknown key 'dropuot' in configuration 'a.json'; did you mean 'dropout'?",
    ]);
  });

  it('leave no doubt where a recipe is wrapped', () => {
    expect(complaints(() => configFrom('a.json', { recipe: {}, epochs: 3 }))[0]).toMatch(
      /has 'epochs' beside 'recipe'/,
    );
  });
});

describe('the default recipe', () => {
  it('is that of a model without one of its own, with the model’s own dropout', () => {
    expect(untuned()).toEqual({
      epochs: 20,
      batchSize: 64,
      seed: 42,
      splitSeed: 42,
      optimizer: { name: 'adamw', lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0.01 },
      schedule: { name: 'cosine', warmupEpochs: 1, minLr: 0 },
      dropout: [0.05, 0.1, 0.15, 0.2],
      normalization: null,
      augmentation: null,
      earlyStop: null,
    });
    const experiment = { data: 'usual', models: { m1: { recipe: m1 } } };
    expect(recipeFor('m1', experiment)).toBe(m1);
    expect(recipeFor('m1', experiment, 'usual')).toBe(m1);
    expect(recipeFor('m1', experiment, 'other')).toEqual({ ...m1, normalization: null, augmentation: null });
    expect(recipeFor('m2', experiment)).toBe(defaultRecipe);
    expect(recipeFor('constructor', experiment)).toBe(defaultRecipe);
    expect(recipeFor('m1', null)).toBe(defaultRecipe);
    // A transformer has one of its own, unless the experiment has another.
    expect(recipeFor('vit-tiny', null)).toMatchObject({
      optimizer: { weightDecay: 0.05 },
      schedule: { warmupEpochs: 5 },
    });
    expect(recipeFor('vit-tiny', { data: 'usual', models: { 'vit-tiny': { recipe: m1 } } })).toBe(m1);
  });

  it('warms up for half of the epochs at most where nobody asked for a warm-up', () => {
    const warmup = (epochs: number) => untuned({ options: { epochs } }).schedule;
    expect(warmup(1)).toMatchObject({ warmupEpochs: 0.5 });
    expect(warmup(2)).toMatchObject({ warmupEpochs: 1 });
    expect(warmup(3)).toMatchObject({ warmupEpochs: 1 });
    const asked = { epochs: 1, schedule: { warmupEpochs: 1 } };
    expect(complaints(() => untuned({ options: asked }))).toEqual([
      "'schedule.warmupEpochs': expected fewer than all 1 epochs, got 1",
    ]);
  });
});

describe('resolving for images', () => {
  const grey = { channels: 1, height: 28, width: 28 };
  const colour = { channels: 3, height: 32, width: 24 };
  const statistics = { mean: [0.4, 0.5, 0.6], std: [0.1, 0.2, 0.3] };

  it('fills in one mean and one deviation for each channel', () => {
    expect(resolveForData(resolved('m1'), grey).normalization).toEqual({ mean: [0.286], std: [0.353] });
    expect(resolveForData(resolved('m1'), colour).normalization).toEqual({
      mean: [0.286, 0.286, 0.286],
      std: [0.353, 0.353, 0.353],
    });
    expect(resolveForData(untuned(), { ...colour, statistics }).normalization).toEqual(statistics);
    const mixed = { normalization: { mean: [0.1, 0.2, 0.3], std: 0.5 } };
    expect(resolveForData(fromFile('m2', mixed), colour).normalization).toEqual({
      mean: [0.1, 0.2, 0.3],
      std: [0.5, 0.5, 0.5],
    });
    expect(fromFile('m2', { normalization: null }).normalization).toBeNull();
    expect(() => resolveForData(untuned(), grey)).toThrow(/^internal: /);
  });

  it('divides a channel that is alike everywhere by 1', () => {
    const flat = { mean: [0.5], std: [0] };
    expect(resolveForData(untuned(), { ...grey, statistics: flat }).normalization).toEqual({ mean: [0.5], std: [1] });
  });

  it('refuses what does not fit the images, where it was written', () => {
    const file = configFrom('a.json', { normalization: { mean: [0.1, 0.2], std: 0.5 } });
    const layers = { file, options: { augmentation: { cropPadding: 25 } } };
    expect(complaints(() => resolveForData(resolved('m2', layers), colour, layers))).toEqual([
      "'normalization.mean' in configuration 'a.json': expected one number, or 3, one for each channel of the images, got [0.1,0.2]",
      "'augmentation.cropPadding': expected at most 24, the smaller side of the images (32 x 24), got 25",
    ]);
    expect(complaints(() => resolveForData(resolved('m2', { file }), grey))).toEqual([
      "'normalization.mean' in the model's own recipe: expected one number, for the one channel of the images, got [0.1,0.2]",
    ]);
  });
});

it('every field is described, and its default is one that it allows', () => {
  const known = { lr: 0.1, epochs: 30 };
  for (const [name, top] of Object.entries<RecipeField>(recipeFields)) {
    const groups = [
      { [name]: top },
      top.fields ?? {},
      ...Object.values(top.variants ?? {}).map(({ fields }) => fields),
    ];
    for (const [key, field] of groups.flatMap((group) => Object.entries(group))) {
      expect(field.description, `${name} ${key}`).toMatch(/^\S.*[^.]$/);
      const usual = typeof field.default === 'function' ? field.default(known) : field.default;
      if (usual !== null) expect(field.schema.safeParse(usual).success, `${name} ${key}`).toBe(true);
    }
  }
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
    normalization: fc.oneof(
      fc.constant(null),
      fc.record({ mean: real(0, 1), std: fc.array(real(0.01, 1), { minLength: 1 }) }),
    ),
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
    const keys = ['model', 'recipe', 'name', 'lr', 'betas', 'maxLr', '__proto__', 'mean', 'std', ...Object.keys(m1)];
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
    const options = fc.dictionary(fc.constantFrom(...Object.keys(m1), '_', '__proto__'), fc.oneof(leaf, tree));
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
      { numRuns: 600 },
    );
  });
});
