import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { parseConfigFile } from '../../../src/recipe/config-file.ts';
import { type RecipeLayers, resolveRecipe } from '../../../src/recipe/resolve.ts';
import { resolveForData } from '../../../src/recipe/resolve-for-data.ts';
import type { ResolvedRecipe } from '../../../src/recipe/schema.ts';
import { checkResume, describeDifferences } from '../../../src/training/config/differences.ts';
import { parseRunConfig, type RunConfig, readRunConfig } from '../../../src/training/config/run-config.ts';
import { entryOf, imageShape, type ModelName, modelNames } from '../../models.ts';
import { sampleConfig } from '../sample-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'atelier-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function resolved(name: ModelName, layers: RecipeLayers): ResolvedRecipe {
  const { definition, recipe } = entryOf(name);
  const subject = { model: definition, base: recipe, knownModels: modelNames };
  return resolveForData(resolveRecipe(subject, layers), imageShape, layers);
}

const run = sampleConfig('m2', {
  recipe: resolved('m2', { options: { seed: 7 } }),
  limits: { train: null, validation: null, maxSteps: 100 },
});

describe('configuration files', () => {
  it('hold part of a recipe, or are those of a run', async () => {
    const partial = await parseConfigFile(file('partial.json', '\uFEFF{"optimizer": {"lr": 0.01}}'));
    expect(resolved('m1', { file: partial }).optimizer.lr).toBe(0.01);
    const replayed = await parseConfigFile(file('run.json', JSON.stringify(run)));
    expect(resolved('m2', { file: replayed })).toEqual(run.recipe);
    const before = { ...run, recipe: { ...run.recipe, normalization: { mean: 0.5, std: 0.5 } } };
    const older = await parseConfigFile(file('older.json', JSON.stringify(before)));
    expect(resolved('m2', { file: older })).toEqual(run.recipe);
    expect(() => resolved('m1', { file: replayed })).toThrow(/run\.json' is for model 'm2', but 'm1' was asked for/);
  });

  it('are refused with their name where they cannot be read', async () => {
    await expect(parseConfigFile(join(folder, 'none.json'))).rejects.toThrow(/none\.json': it does not exist\. Check/);
    await expect(parseConfigFile(folder)).rejects.toThrow(UsageError);
    await expect(parseConfigFile(file('text.json', 'epochs: 3'))).rejects.toThrow(
      /text\.json' is not JSON: .*Expected/,
    );
    await expect(parseConfigFile(file('text.json', ''))).rejects.toThrow(UsageError);
  });
});

describe('the configuration of a run', () => {
  it('is read as it was written', async () => {
    const directory = join(folder, 'run');
    mkdirSync(directory);
    file('run/config.json', JSON.stringify({ ...run, addedLater: true }));
    expect(await readRunConfig(directory)).toEqual(run);
  });

  it('is reported helpfully where it is missing or broken', async () => {
    await expect(readRunConfig(join(folder, 'nowhere'))).rejects.toThrow(
      /nowhere' is no run folder: .* does not exist/,
    );
    const directory = join(folder, 'broken');
    mkdirSync(directory);
    file('broken/config.json', '{"model": "m2",');
    await expect(readRunConfig(directory)).rejects.toThrow(/cannot use '.*broken\/config\.json'.*JSON/);
    const { engine, ...rest } = run;
    const broken = { ...rest, recipe: { ...run.recipe, seed: -1, extra: 1 }, created: 'yesterday' };
    file('broken/config.json', JSON.stringify(broken));
    await expect(readRunConfig(directory)).rejects.toThrow(
      [
        "'recipe.seed': expected a whole number of at least 0, got -1",
        "'recipe' has unknown keys: extra",
        "'engine': expected a text, got nothing",
        "'created': expected a date and time as ISO 8601 has them, got 'yesterday'",
      ].join('\n'),
    );
    expect(engine).toBe('native');
    expect(() => parseRunConfig(null)).toThrow(/the file: expected an object, got null/);
  });
});

describe('resuming', () => {
  it('finds no difference in the same configuration', () => {
    expect(describeDifferences(run, JSON.parse(JSON.stringify(run)))).toEqual([]);
  });

  it('refuses another run, and says what differs', () => {
    const recipe = resolved('m1', { options: { optimizer: { name: 'sgd' } } });
    const other: RunConfig = { ...run, model: 'm1', recipe, limits: { ...run.limits, train: 100 } };
    const differences = describeDifferences(run, other);
    expect(differences.filter(({ verdict }) => verdict !== 'refused')).toEqual([]);
    expect(differences.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        'seed: 7 in the run, 42 requested',
        "optimizer.name: 'adamw' in the run, 'sgd' requested",
        'optimizer.momentum: nothing in the run, 0 requested',
        'dropout: [0.05,0.1,0.15,0.2] in the run, [0.25] requested',
        'augmentation: {"cropPadding":4,"flipProbability":0.5} in the run, null requested',
        "model: 'm2' in the run, 'm1' requested",
        'limits.train: null in the run, 100 requested',
      ]),
    );
    expect(() => checkResume('runs/a', run, other)).toThrow(
      /^'runs\/a' cannot be resumed.*\nseed: 7 in the run, 42 requested\n/s,
    );
  });

  it('lets epochs grow and the machine change', () => {
    const longer: RunConfig = {
      ...run,
      recipe: { ...run.recipe, epochs: 20, earlyStop: 3 },
      limits: { ...run.limits, maxSteps: null },
      threads: 1,
      device: { requested: 'cuda', used: 'cuda' },
    };
    expect(checkResume('runs/a', run, longer)).toEqual([
      'threads: 2 in the run, 1 requested',
      "device.used: 'cpu' in the run, 'cuda' requested",
    ]);
    expect(() => checkResume('runs/a', longer, run)).toThrow('epochs: 20 in the run, 12 requested; it may only grow');
    const cosine = { ...entryOf('m2').recipe, schedule: { name: 'cosine', warmupEpochs: 0, minLr: 0 } } as const;
    expect(checkResume('runs/a', { ...run, recipe: cosine }, { ...run, recipe: { ...cosine, epochs: 13 } })).toEqual([
      "epochs: 12 in the run, 13 requested; the rest of schedule 'cosine' takes another course",
    ]);
  });
});
