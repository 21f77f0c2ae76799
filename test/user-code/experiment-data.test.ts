/** Experiments on data of one's own: which place their paths mean, and what a first one says. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { isSameData, placedData } from '../../src/data/own/placed-data.ts';
import { createContext, loadExperimentFile, train, UsageError } from '../../src/index.ts';
import { readRunConfig } from '../../src/training/config/run-config.ts';
import { writeFirstExperiment } from '../../src/user-code/first-experiment.ts';
import { lightAndDark } from '../data/own/picture-folder.ts';
import { scratchFolder } from '../files/scratch.ts';

it('a first experiment names pictures as its folder sees them, and trains on them', async () => {
  const pictures = await lightAndDark(12);
  const work = scratchFolder();
  const lines: string[] = [];
  const { pino } = await import('pino');
  const logger = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line).msg) });
  const path = await writeFirstExperiment(join(work, 'mine'), relative('.', pictures));
  expect(readFileSync(path, 'utf8')).toContain(`  data: '${relative(join(work, 'mine'), pictures)}',\n`);
  const experiment = await loadExperimentFile(path);
  expect(experiment.data).toBe(pictures);
  const run = join(work, 'run');
  const context = createContext({ experiment, logger });
  await train({ model: 'small', run, context, dataOptions: { imageSize: 8, cache: false }, maxSteps: 1, threads: 1 });
  const { data, recipe, network } = await readRunConfig(run);
  expect(data.origin?.path).toBe(pictures);
  expect(network?.source).toMatchObject({ path, kind: 'experiment' });
  // The recipe is the file's, but for the batches: 20 images are few.
  expect(recipe).toMatchObject({ epochs: 20, batchSize: 8, optimizer: { lr: 0.005 } });
  expect(lines).toContain('batches of 8 and not of 64: there are 20 training images');
});

it('a first experiment takes names, whole paths and any sign in them', async () => {
  const work = scratchFolder();
  const text = async (folder: string, data: string) =>
    readFileSync(await writeFirstExperiment(join(work, folder), data), 'utf8');
  expect(await text('one', 'kmnist')).toContain("  data: 'kmnist',\n");
  const odd = join(work, 'my "photos"\'');
  mkdirSync(odd);
  expect(await text('two', odd)).toContain(`  data: ${JSON.stringify(odd)},\n`);
  expect((await loadExperimentFile(join(work, 'two/experiment.ts'))).data).toBe(odd);
  mkdirSync(join(work, 'three/photos'), { recursive: true });
  expect(await text('three', relative('.', join(work, 'three/photos')))).toContain("  data: './photos',\n");
  const attempt = writeFirstExperiment(join(work, 'four'), join(work, 'none'));
  await expect(attempt).rejects.toThrow(UsageError);
  await expect(attempt).rejects.toThrow(`there is no '${join(work, 'none')}': a folder of pictures`);
  await expect(writeFirstExperiment(join(work, 'four'), 'mnits')).rejects.toThrow("did you mean 'mnist'?");
  expect(existsSync(join(work, 'four'))).toBe(false);
});

it('paths count from the file that they stand in, names are names', async () => {
  const work = scratchFolder();
  const file = join(work, 'experiment.ts');
  mkdirSync(join(work, 'photos'));
  mkdirSync(join(work, 'mnist'));
  expect(await placedData('photos', file)).toBe(join(work, 'photos'));
  expect(await placedData('../photos/', file)).toBe(join(work, '../photos'));
  expect(await placedData('table.csv', file)).toBe(join(work, 'table.csv'));
  expect(await placedData('/elsewhere', file)).toBe('/elsewhere');
  expect(await placedData('mnist', file)).toBe('mnist');
  expect(await placedData('./mnist', file)).toBe(join(work, 'mnist'));
  // Of a program's own data set, perhaps.
  expect(await placedData('of-a-program', file)).toBe('of-a-program');
  // The working folder of the tests has it, the file's has not.
  await expect(placedData('graphs', file)).rejects.toThrow(
    `'${file}' names the data 'graphs', and there is no '${join(work, 'graphs')}': paths count from the folder of the file`,
  );
  expect(await isSameData(work, `${work}/`)).toBe(true);
  expect(await isSameData('mnist', './mnist')).toBe(false);
  expect(await isSameData('mnist', 'mnist')).toBe(true);
});

it('the recipe of an experiment is that of its data, however their place is written', async () => {
  const pictures = await lightAndDark(12);
  const work = scratchFolder();
  cpSync(pictures, join(work, 'photos'), { recursive: true });
  const text = `import { conv2d, defineExperiment, defineModel, globalAveragePool2d, linear, sequential } from 'atelier';
const model = defineModel(({ input, classes }) =>
  sequential('net', [conv2d('conv', input.channels, 4, 3), globalAveragePool2d('mean'), linear('fc', 4, classes)]));
const recipe = { augmentation: { flipProbability: 0.5, cropPadding: 1 }, normalization: { mean: [0.4], std: [0.2] } };
export default defineExperiment({ name: 'one', data: './photos', models: { net: { model, recipe } } });
`;
  writeFileSync(join(work, 'experiment.ts'), text);
  const context = createContext({ experiment: await loadExperimentFile(join(work, 'experiment.ts')) });
  const used = async (data: string, run: string) => {
    const dataOptions = { imageSize: 8, cache: false };
    await train({ model: 'net', data, run: join(work, run), context, dataOptions, maxSteps: 1, threads: 1 });
    return (await readRunConfig(join(work, run))).recipe;
  };
  const own = await used(`${relative('.', join(work, 'photos'))}/`, 'own');
  expect([own.augmentation?.flipProbability, own.normalization.mean[0]]).toEqual([0.5, 0.4]);
  // On other data neither is known to be right.
  const other = await used(pictures, 'other');
  expect(other.augmentation).toBeNull();
  expect(other.normalization.mean[0]).not.toBe(0.4);
});
