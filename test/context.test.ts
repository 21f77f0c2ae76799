import { describe, expect, it } from 'vitest';
import { catalogue } from '../graphs/models/catalogue.ts';
import { defaultContext, modelLabel, modelNames, modelTitle, requireModel } from '../src/context.ts';
import { UsageError } from '../src/errors.ts';
import { context } from './models.ts';
import { silent } from './silent.ts';

const bare = defaultContext(silent);

describe('a model by its name', () => {
  it('is found', () => {
    for (const definition of catalogue) expect(requireModel(bare, definition.name)).toBe(definition);
    expect(modelNames(bare).slice(0, 2)).toEqual(['m1', 'm2']);
    expect(new Set(modelNames(bare)).size).toBe(catalogue.length);
  });

  it.each(['m3', 'toString', ''])("'%s' is refused with the names there are", (name) => {
    expect(() => requireModel(bare, name)).toThrow(UsageError);
    expect(() => requireModel(bare, name)).toThrow(`unknown model '${name}'; there are: m1, m2, simple-cnn, `);
  });

  it('is asked after where it was nearly right', () => {
    expect(() => requireModel(bare, 'M1')).toThrow(/there are: m1, m2, .* vit-tiny\. Did you mean 'm1'\?/);
    expect(() => requireModel(bare, 'resnet1')).toThrow(/Did you mean 'resnet18'\?$|Did you mean 'resnet9'\?$/);
    expect(() => requireModel(bare, 'something-else')).toThrow(/vit-tiny\.$/);
  });
});

describe('what a model is called', () => {
  it('is what the experiment calls it', () => {
    expect([modelTitle(context, { model: 'm1' }), modelLabel(context, { model: 'm1' })]).toEqual([
      'Model 1, baseline',
      'Model 1',
    ]);
  });

  it('is name and definition where no experiment tells of it, and the name where nothing is known', () => {
    expect([modelTitle(bare, { model: 'm1' }), modelLabel(bare, { model: 'm1' })]).toEqual([
      'm1, two convolutions, two linear layers',
      'm1',
    ]);
    expect([modelTitle(context, { model: 'gone' }), modelLabel(context, { model: 'gone' })]).toEqual(['gone', 'gone']);
  });
});

describe('a data set by its name', () => {
  it('is described before any image is read', async () => {
    const dataset = await bare.datasets('fashion-mnist', { dir: '/nonexistent/folder', fill: true });
    expect(dataset).toMatchObject({
      name: 'fashion-mnist',
      shape: { channels: 1, height: 28, width: 28 },
      counts: { train: 60_000, test: 10_000 },
    });
    expect(dataset.classes).toHaveLength(10);
  });

  it('is refused where a folder is named that does not exist', async () => {
    const asked = bare.datasets('fashion-mnist', { dir: '/nonexistent/folder' });
    await expect(asked).rejects.toThrow("dataDirectory: there is no folder '/nonexistent/folder'");
  });

  it('is taken for a place where it looks like one', async () => {
    await expect(bare.datasets('../package', {})).rejects.toThrow("there is no '../package': a folder of pictures");
  });

  it.each(['letters', ''])("'%s' is refused with the names there are", async (name) => {
    await expect(bare.datasets(name, {})).rejects.toThrow(UsageError);
    await expect(bare.datasets(name, {})).rejects.toThrow(
      `unknown data set '${name}'; there are: cifar10, fashion-mnist, kmnist, mnist`,
    );
  });
});
