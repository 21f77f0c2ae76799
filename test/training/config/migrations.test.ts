/** Configurations that earlier versions wrote, read as today's. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/files/package-root.ts';
import { migrateRunConfig, runConfigSchemaVersion } from '../../../src/training/config/migrations.ts';
import { readRunConfig } from '../../../src/training/config/run-config.ts';
import { scratchFolder } from '../../files/scratch.ts';
import { imageShape, modelNames } from '../../models.ts';
import { sampleConfig } from '../sample-config.ts';

const fixture = (model: string) => join(packageRoot(), 'test', 'fixtures', 'runs-0.1', model);
const writtenBy = (folder: string): Readonly<Record<string, unknown>> =>
  JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));

/** A run folder with nothing but this configuration. */
function folderWith(config: unknown): string {
  const folder = join(scratchFolder(), 'run');
  mkdirSync(folder);
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}

describe.each(modelNames)('the configuration of a run of %s by version 0.1', (model) => {
  const written = writtenBy(fixture(model));

  it('has no version and knows its data set by name and fingerprint', () => {
    expect(written).not.toHaveProperty('schema');
    expect(written).not.toHaveProperty('data');
    expect(written['dataset']).toEqual({ name: 'fashion-mnist', fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('is told of its data set', async () => {
    const { data, schema } = await readRunConfig(fixture(model));
    expect(schema).toBe(runConfigSchemaVersion);
    expect(data).toEqual({
      ...Object(written['dataset']),
      title: 'Fashion-MNIST',
      shape: imageShape,
      classes: expect.arrayContaining(['T-shirt/top', 'Ankle boot']),
      images: { train: 54_000, validation: 6000, test: 10_000 },
    });
    expect(data.classes).toHaveLength(10);
  });

  it('keeps all else', async () => {
    const { schema: _, data: __, recipe, ...rest } = await readRunConfig(fixture(model));
    const { dataset: ___, recipe: writtenRecipe, ...writtenRest } = written;
    expect(rest).toEqual(writtenRest);
    const { normalization, ...others } = recipe;
    expect(writtenRecipe).toMatchObject(others);
    const levels = model === 'm1' ? { mean: 0.286, std: 0.353 } : { mean: 0.5, std: 0.5 };
    expect([normalization?.mean].flat()).toEqual([levels.mean]);
    expect([normalization?.std].flat()).toEqual([levels.std]);
  });
});

it.each(modelNames)('the published run of %s can be read', async (model) => {
  const { data } = await readRunConfig(join(packageRoot(), 'artifacts', 'reference', model));
  expect(data).toMatchObject({ shape: imageShape, images: { train: 54_000, validation: 6000, test: 10_000 } });
});

it("today's configuration stays as it is", async () => {
  const config = sampleConfig('m2');
  expect(await migrateRunConfig(config)).toEqual(config);
});

describe('a configuration that cannot be migrated', () => {
  it.each([null, 5, 'text', [1]])('%j stays as it is', async (value) => {
    expect(await migrateRunConfig(value)).toEqual(value);
  });

  it('of a later version is refused with the version that is understood', async () => {
    const later = folderWith({ ...sampleConfig('m1'), schema: runConfigSchemaVersion + 1 });
    await expect(readRunConfig(later)).rejects.toThrow(
      `'schema': expected ${runConfigSchemaVersion}, got ${runConfigSchemaVersion + 1}`,
    );
  });

  it('without a data set is refused for that', async () => {
    const { dataset: _, ...config } = writtenBy(fixture('m1'));
    await expect(readRunConfig(folderWith(config))).rejects.toThrow("'data': expected an object, got nothing");
  });

  it('of an unknown data set names those there are', async () => {
    const config = { ...writtenBy(fixture('m1')), dataset: { name: 'letters', fingerprint: '00' } };
    await expect(readRunConfig(folderWith(config))).rejects.toThrow(
      "unknown data set 'letters'; there are: cifar10, fashion-mnist, kmnist, mnist",
    );
  });
});
