/** Models and experiments from files of code, and runs of them that need the code no more. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createContext,
  datasetInMemory,
  evaluate,
  exportRun,
  imagesInMemory,
  loadExperimentFile,
  loadModelFile,
  predict,
  summary,
  train,
  UsageError,
} from '../../src/index.ts';
import { sha256, workFolder } from '../cli/folders.ts';

const work = workFolder();
const shape = { channels: 1, height: 8, width: 8 };
const pictures = (count: number) =>
  imagesInMemory(
    shape,
    Uint8Array.from({ length: count * 64 }, (_, i) => (Math.floor(i / 64) % 2) * 200 + ((i * 37) % 50)),
    Array.from({ length: count }, (_, i) => i % 2),
  );
const data = datasetInMemory(
  { name: 'two', title: 'Two kinds', classes: ['dark', 'light'], fingerprint: 'e'.repeat(64) },
  { train: pictures(40), test: pictures(10) },
);
const context = createContext({ datasets: [data] });

const names = 'conv2d, defineModel, flatten, globalAveragePool2d, linear, relu, sequential';
const imports = `import { ${names} } from 'atelier';\n`;
const network = (width: number) => `sequential('net', [
  conv2d('conv', input.channels, ${width}, 3),
  relu('relu'),
  globalAveragePool2d('pool'),
  linear('fc', ${width}, classes),
])`;
const model = (width = 4, more = '') =>
  `${imports}${more}export default defineModel(({ input, classes }) => ${network(width)});\n`;

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(work, name), text);
  return join(work, name);
}

describe('a file of code', () => {
  it.each<[string, string]>([
    ['one.ts', model(4, "import type { Module } from 'atelier';\nconst kept: Module | null = null;\nvoid kept;\n")],
    ['one.mts', model()],
    ['one.js', model()],
    ['one.mjs', model()],
    [
      'one.cjs',
      `const { ${names} } = require('atelier');\nmodule.exports = defineModel(({ input, classes }) => ${network(4)});\n`,
    ],
    ['one.cts', model()],
  ])('%s gives a model with the name of the file', async (name, text) => {
    const { name: called, source, ...definition } = await loadModelFile(await file(name, text));
    expect(called).toBe('one');
    expect(source).toMatchObject({ path: join(work, name), kind: 'model' });
    const { parameters, layers } = await summary({ name: called, ...definition }, data);
    expect(layers.map((layer) => layer.name)).toEqual(['conv', 'relu', 'pool', 'fc']);
    expect(parameters).toBe(4 * 9 + 4 + 4 * 2 + 2);
  });

  it('may import others, whose changes are changes of it', async () => {
    await file('width.ts', 'export const width: number = 4;\n');
    const path = await file(
      'wide.ts',
      model(
        4,
        "import { width } from './width.ts';\nimport { Forward } from 'atelier/graphs';\nvoid [width, Forward];\n",
      ),
    );
    const before = await loadModelFile(path);
    await file('width.ts', 'export const width: number = 5;\n');
    expect((await loadModelFile(path)).source?.sha256).not.toBe(before.source?.sha256);
  });

  it.each<[string, string, string | RegExp]>([
    [
      'throws.ts',
      `${imports}\nthrow new TypeError('not today');\n`,
      /threw while it was loaded: TypeError: not today \(.*throws\.ts:3\)$/,
    ],
    ['text.ts', "throw 'a text';\n", /threw while it was loaded: a text$/],
    [
      'syntax.ts',
      `${imports}export default defineModel((\n  }) => 1);\n`,
      /syntax\.ts' has a mistake in line 3, column 3: Unexpected token/,
    ],
    ['lost.ts', "import x from './gone.ts';\nexport default x;\n", "imports './gone.ts', which is not there"],
    [
      'none.ts',
      'export const one = 1, two = 2;\n',
      'has no default export; it exports: one, two. Expected a model: export default defineModel(',
    ],
    ['empty.ts', '', 'has no default export. Expected a model'],
    ['number.ts', 'export default 3;\n', 'exports 3 (number). Expected a model'],
    ['function.ts', 'export default () => 1;\n', 'exports a function. Expected a model'],
    [
      'network.ts',
      `${imports}export default sequential('net', []);\n`,
      'exports a network, which fits images of one size only',
    ],
    ['m1.ts', model(), "'m1' is a model of the catalogue"],
    ['notes.txt', '', /notes\.txt' is no file of code that can be loaded: one ending in .*\.cjs was expected\.$/],
    ['table.csv', '', /is no file of code .* To train on what it holds: train\(\{ data: '.*table\.csv' \}\)$/],
    ['m.onnx', '', /is no file of code .* can start from its weights: \{ initFrom: '.*m\.onnx' \}\.$/],
  ])('%s is refused', async (name, text, message) => {
    const attempt = loadModelFile(await file(name, text));
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(message);
  });

  it('is refused where it is none', async () => {
    await expect(loadModelFile(join(work, 'gone.ts'))).rejects.toThrow('does not exist');
    await mkdir(join(work, 'folder.ts'));
    await expect(loadModelFile(join(work, 'folder.ts'))).rejects.toThrow('it is a folder');
    await mkdir(join(work, 'photos'));
    await expect(loadModelFile(join(work, 'photos'))).rejects.toThrow(
      /photos' is a folder, and no file of code .* To train on what it holds: train\(\{ data: /,
    );
  });

  it.each<[string, string, string | RegExp]>([
    [
      'build.ts',
      `${imports}const widths: number[] | undefined = undefined;\nexport default defineModel(() =>\n  widths[0]);\n`,
      /threw while the network 'build' was built: TypeError: .* \(.*build\.ts:4\)$/,
    ],
    [
      'typo.ts',
      "import { defineModel, conv3d } from 'atelier';\nexport default defineModel(() => conv3d('conv'));\n",
      /'atelier' exports no 'conv3d'; did you mean 'conv2d'\? \(.*typo\.ts:2\)$/,
    ],
  ])('%s throws where it is called', async (name, text, message) => {
    const attempt = summary(await file(name, text), data);
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(message);
  });
});

describe('summary finds what a training would not take', () => {
  const network = (body: string) =>
    `import { defineModel, conv2d, flatten, globalAveragePool2d, linear, residual, sequential } from 'atelier';
const own = (name, forward) => ({ name, description: 'Own', parameters: [], buffers: [], children: [], forward });
export default defineModel(({ input, classes }) => sequential('net', [conv2d('conv', input.channels, 4, 3), ${body}]));
`;

  it.each([
    [
      'step',
      "own('step', (f, x) => f.b.op('Sign', [x], {})), globalAveragePool2d('mean'), linear('fc', 4, classes)",
      "'conv.weight' does not influence the loss: no gradient reaches it (step/Sign: operator Sign passes none on)",
    ],
    [
      'classes',
      "globalAveragePool2d('mean'), linear('fc', 4, 7)",
      "the network ends in float32[batch,7] (after layer 'fc'), float32[batch,2] was expected",
    ],
    [
      'operator',
      "own('round', (f, x) => f.b.op('Round', [x], {})), globalAveragePool2d('mean'), linear('fc', 4, classes)",
      "layer 'round' (Own) does not take float32[batch,4,6,6], which layer 'conv' (Conv2d(1, 4, kernel=3, padding=0)) gives: there is no operator 'Round' here; there are: Add, ",
    ],
    [
      'vectors',
      "linear('fc', 4, classes)",
      'gives: 4 inputs were expected, there are 6; `flatten` or `globalAveragePool2d` before it makes vectors of images',
    ],
    ['size', "flatten('flatten'), linear('fc', 100, classes)", 'gives: 100 inputs were expected, there are 144'],
    [
      'sum',
      "residual('sum', [conv2d('wide', 4, 8, 3, { padding: 1 })]), globalAveragePool2d('mean'), linear('fc', 8, classes)",
      'outputs into the shortcut',
    ],
  ])('%s', async (name, body, message) => {
    const attempt = summary(await file(`${name}.ts`, network(body)), data);
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(message);
  });
});

describe('a run of it', () => {
  const [path, run] = [join(work, 'net.ts'), join(work, 'run')];
  const options = { model: path, data, run, threads: 1, recipe: { epochs: 2, batchSize: 8, optimizer: { lr: 0.05 } } };
  const again = () => train({ ...options, resume: true });

  beforeAll(async () => {
    await writeFile(path, model());
    await train({ ...options, maxSteps: 5 });
  });

  it('goes on where another source gives the same network, and to the same bytes', async () => {
    await writeFile(path, model(4, '// Another comment.\n'));
    await again();
    const whole = await train({ ...options, run: join(work, 'whole') });
    const last = (folder: string) => sha256(join(folder, 'checkpoints', 'last.safetensors'));
    expect(last(run)).toBe(last(whole.run));
  });

  it('is not gone on with by another network', async () => {
    await writeFile(path, model(5));
    await expect(again()).rejects.toThrow(
      /cannot be resumed with another network: layer 'conv' .* conv.weight \[4,1,3,3\].* conv.weight \[5,1,3,3\].*net\.ts'/,
    );
  });

  it('is evaluated, asked and exported without its source', async () => {
    await rename(path, join(work, 'away.ts'));
    const { metrics } = await evaluate(run, { context, threads: 1 });
    expect(metrics.accuracy).toBe(1);
    const { predictions } = await predict(run, [0, 1], { context, threads: 1 });
    expect(predictions.map(({ top: [first] }) => first?.class)).toEqual(['dark', 'light']);
    const [exported] = await exportRun(run, { out: join(work, 'exports'), context, threads: 1, verify: true });
    expect(exported?.verification).toMatchObject({ agreeing: 10 });
  });

  it('is not evaluated by a network that was changed since', async () => {
    const kept = join(run, 'network.json');
    const text = await readFile(kept, 'utf8');
    await writeFile(kept, text.replace('"Relu"', '"Sign"'));
    await expect(evaluate(run, { context, threads: 1 })).rejects.toThrow('not the file that the run wrote');
    await writeFile(kept, text);
  });
});

describe('an experiment', () => {
  const text = (models: string) =>
    `import { defineExperiment } from 'atelier';\n${model().replace('export default', 'const small =')}export default defineExperiment({ name: 'mine', data: 'two', models: { ${models} } });\n`;

  it('names models with their recipes and data', async () => {
    const path = await file(
      'experiment.ts',
      text('tiny: { model: small, recipe: { epochs: 1, batchSize: 8 } }, m2: {}'),
    );
    const experiment = await loadExperimentFile(path);
    expect(experiment).toMatchObject({ name: 'mine', title: 'mine' });
    expect(experiment.models['tiny']).toMatchObject({
      title: 'tiny, own model',
      recipe: { epochs: 1, batchSize: 8, optimizer: { name: 'adamw' } },
      model: { name: 'tiny', source: { path, kind: 'experiment' } },
    });
    const run = join(work, 'of-experiment');
    const known = createContext({ datasets: [data], experiment });
    expect(await train({ model: 'tiny', context: known, run, threads: 1 })).toMatchObject({ epochs: 1 });
    expect((await evaluate(run, { context, threads: 1 })).metrics.model).toBe('tiny');
  });

  it.each<[string, string]>([
    ['tiny: {}', "models.tiny: there is no model 'tiny'"],
    ['m1: { model: small }', "models.m1: 'm1' is a model of the catalogue"],
    ['tiny: { model: small, recipe: { epochs: 0 } }', "'epochs' in configuration 'models.tiny.recipe': expected"],
    ['tiny: { model: small, recipe: { dropout: [0.5] } }', "'dropout' in configuration 'models.tiny.recipe'"],
  ])('is refused with %s', async (models, message) => {
    const attempt = loadExperimentFile(await file('experiment.ts', text(models)));
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(message);
  });

  it('is no model', async () => {
    await expect(loadModelFile(await file('experiment.ts', text('m2: {}')))).rejects.toThrow('exports an experiment');
    await expect(loadExperimentFile(await file('plain.ts', model()))).rejects.toThrow(
      'exports a model. Expected an experiment',
    );
  });
});
