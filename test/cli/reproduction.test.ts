/** What a report says under "How to reproduce" is run, and gives the bytes of the runs that it tells of. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/files/package-root.ts';
import { sha256, workFolder } from './folders.ts';
import { atelier, expectRefusal, logOf, succeed, warningsOf } from './program.ts';
import { checkpointOf, machine, tiny } from './settings.ts';

const work = workFolder();
const entry = join(packageRoot(), 'dist', 'src', 'cli', 'main.js');

/** Two steps an epoch. */
const few = ['--limit-train', '200', '--limit-val', '40'];

const onwards = ['--checkpoint-every', '2', '--init-from', 'plain/checkpoints/last.safetensors'];

/** Every way in which a run can differ from what `train` does by itself. */
const runs: Readonly<Record<string, readonly string[]>> = {
  // By the model's own recipe: options say all of it.
  plain: ['m1', ...machine, ...few, '--max-steps', '3', '--seed', '7', '--target', 'portable'],
  // By a recipe of its own, from the weights of the other, in a folder that a shell must quote.
  "it's other": ['m1', ...tiny, ...['--schedule', 'one-cycle', '--epochs', '2', '--dropout', '0.3'], ...onwards],
};

/** A run that was interrupted by its step limit, and then trained on with more epochs than it began with. */
const grown = 'grown';
const names = [...Object.keys(runs), grown];

/** The command lines of the report's page that begin so. */
let commands: readonly string[];

beforeAll(async () => {
  for (const [run, options] of Object.entries(runs)) await succeed(['train', ...options, '--run', run], work);
  await succeed(['train', 'm2', ...tiny, '--epochs', '1', '--max-steps', '2', '--run', grown], work);
  await succeed(['train', 'm2', '--resume', '--run', grown, '--epochs', '2', ...machine], work);
  await succeed(['report', ...names, '--out', 'report', '--images', '0', '--threads', '1'], work);
  const text = readFileSync(join(work, 'report', 'report.md'), 'utf8');
  commands = text.split('\n').filter((line) => line.startsWith('npx atelier '));
});

it('the commands that train give the same weights, bit for bit', () => {
  const training = commands.filter((line) => line.startsWith('npx atelier train '));
  expect(training).toHaveLength(names.length);
  // As a person would paste them, but with the program at hand.
  const script = [`npx() { shift; '${process.execPath}' '${entry}' "$@"; }`, 'set -e', ...training].join('\n');
  execFileSync('bash', ['-c', script], { cwd: work, stdio: 'pipe' });
  for (const run of names)
    for (const which of ['last', 'best'] as const)
      expect(sha256(checkpointOf(join(work, `${run}-again`), which)), `${run}, ${which}`).toBe(
        sha256(checkpointOf(join(work, run), which)),
      );
});

it('a recorded configuration alone gives the same weights, and says what is replayed', async () => {
  const outcome = await succeed(
    ['train', 'm1', '--config', "it's other/config.json", '--device', 'cpu', '--run', 'replayed'],
    work,
  );
  expect(logOf(outcome).map(({ msg }) => msg)).toContainEqual(
    expect.stringMatching(/^replaying '.*config\.json': its recipe, the first 100 training images, the first 40 valid/),
  );
  expect(warningsOf(outcome)).toEqual([]);
  expect(sha256(checkpointOf(join(work, 'replayed')))).toBe(sha256(checkpointOf(join(work, "it's other"))));
});

it('says where the file of the first weights is another by now', async () => {
  const source = checkpointOf(join(work, 'plain'));
  const before = readFileSync(source);
  writeFileSync(source, readFileSync(checkpointOf(join(work, "it's other"))));
  const args = ['train', 'm1', '--config', "it's other/config.json", '--device', 'cpu', '--max-steps', '1'];
  const outcome = await succeed([...args, '--run', 'others'], work);
  writeFileSync(source, before);
  expect(warningsOf(outcome)).toEqual([
    expect.stringMatching(/^replaying with a difference: initFrom: '.*last\.safetensors' holds other weights than/),
  ]);
});

it('a recorded limit can be lifted, and a wrong configuration is refused', async () => {
  const lifted = ['--no-limit-train', '--no-limit-val', '--max-steps', '1', '--run', 'lifted'];
  await succeed(['train', 'm1', '--config', "it's other/config.json", '--device', 'cpu', ...lifted], work);
  const config = JSON.parse(readFileSync(join(work, 'lifted', 'config.json'), 'utf8'));
  expect(config).toMatchObject({ limits: { train: null, validation: null, maxSteps: 1 }, threads: 1 });
  const outcome = await atelier(['train', 'm2', '--config', "it's other/config.json"], work);
  expectRefusal(outcome, 2, "is for model 'm1', but 'm2' was asked for");
});
