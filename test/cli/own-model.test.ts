/** What somebody brings on the command line: a first experiment, a model of their own, code that never returns. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../../soak/waiting.ts';
import { workFolder } from './folders.ts';
import { hintIn, paste } from './pasting.ts';
import { atelier, expectRefusal, logOf, type Outcome, start, succeed } from './program.ts';

const work = workFolder();
const few = ['--limit-train', '128', '--limit-val', '64', '--max-steps', '1', '--threads', '1'];

const errorOf = (outcome: Outcome) => logOf(outcome).at(-1)?.msg ?? '';

it('init writes an experiment that trains, and never over another', async () => {
  expect((await succeed(['init', 'mine'], work)).stdout).toBe('mine/experiment.ts\n');
  const mine = join(work, 'mine');
  const path = join(mine, 'experiment.ts');
  const text = await readFile(path, 'utf8');
  expectRefusal(await atelier(['init', 'mine'], work), 2, "'mine/experiment.ts' is there already");
  expect(await readFile(path, 'utf8')).toBe(text);
  const trained = await succeed(['train', 'small', '--run', 'run', ...few, '--batch-size', '32'], mine);
  expect(trained.stdout).toBe('run\n');
  // The options say otherwise than the recipe; the rest of it holds.
  const config = JSON.parse(await readFile(join(mine, 'run', 'config.json'), 'utf8'));
  expect(config).toMatchObject({
    model: 'small',
    data: { name: 'fashion-mnist' },
    recipe: { epochs: 3, batchSize: 32, optimizer: { lr: 0.01 }, schedule: { name: 'one-cycle' }, dropout: [0.1] },
    network: { title: 'two convolutions', source: { kind: 'experiment' } },
  });
  await rename(path, join(mine, 'away.ts'));
  const unknown = await atelier(['train', 'small', '--resume', '--run', 'run'], mine);
  expectRefusal(unknown, 2, '--experiment ./experiment.ts');
  await rename(join(mine, 'away.ts'), path);
  expect(paste(`${hintIn(errorOf(unknown))} --max-steps 1`, mine)).toBe('run\n');
  const misspelled = await atelier(['train', 'smal', '--experiment', './experiment.ts'], mine);
  expectRefusal(misspelled, 2, "unknown model 'smal'");
  expect(paste(`${hintIn(errorOf(misspelled))} --run other ${few.join(' ')}`, mine)).toBe('other\n');
  expect((await succeed(['runs', '.'], mine)).stdout).toContain('small');
});

it('what the code of a model prints is no result, and a run names its file', async () => {
  const code = `import { defineModel, flatten, linear, sequential } from 'atelier';
console.log('a word of the file');
export default defineModel(({ input, classes }) => {
  console.log(input);
  return sequential('net', [flatten('flatten'), linear('fc', input.height * input.width, classes)]);
});
`;
  await writeFile(join(work, 'net.ts'), code);
  const { stdout, stderr } = await succeed(['train', './net.ts', '--run', 'run', ...few], work);
  expect(stdout).toBe('run\n');
  expect(stderr).toContain('a word of the file\n');
  expect(stderr).toContain('npx atelier train ./net.ts --resume --run run');
  await writeFile(join(work, 'net.ts'), code.replace("linear('fc', input.height", "linear('fc', 2 + input.height"));
  const other = await atelier(['summary', './net.ts'], work);
  expect(other).toMatchObject({ code: 2, stdout: '' });
  expect(other.stderr).toContain("layer 'fc' (Linear(786, 10))");
});

it('says what it waits for where code never returns, and one signal ends it', async () => {
  await writeFile(join(work, 'loop.ts'), 'for (;;);\n');
  const running = start(['train', './loop.ts'], work);
  await until(() => running.stderr().includes('waiting for'));
  running.signal('SIGINT');
  expect(await running.ended).toMatchObject({ signal: 'SIGINT', stdout: '' });
  expect(logOf(await running.ended).map(({ msg }) => msg)).toEqual([
    "waiting for './loop.ts' to load, 5 s now; Ctrl-C ends it",
  ]);
});
