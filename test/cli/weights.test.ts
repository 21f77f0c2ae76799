/** Results belong to the weights that gave them: no number of other weights is quoted. */
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/training/checkpoint.ts';
import { weightsHash } from '../../src/training/weights-identity.ts';
import { copyFolder, workFolder } from './folders.ts';
import { atelier, logOf, succeed, warningsOf } from './program.ts';
import { checkpointOf, machine } from './settings.ts';

const work = workFolder();
const small = ['--limit-val', '40', '--batch-size', '40'];
const one = ['--threads', '1'];
const validation = ['--split', 'validation', ...one];
const metricsPath = join(work, 'run', 'evaluation', 'validation', 'metrics.json');
const metrics = () => JSON.parse(readFileSync(metricsPath, 'utf8'));
const weightsAt = async () => weightsHash((await readCheckpoint(checkpointOf(join(work, 'run'), 'best'))).state);

beforeAll(async () => {
  // A rate at which every epoch is better than the one before.
  await succeed(['train', 'm1', ...machine, '--limit-train', '600', ...small, '--epochs', '1', '--run', 'run'], work);
  await succeed(['evaluate', 'run', ...validation], work);
  copyFolder(join(work, 'run'), join(work, 'before'));
});

it('an evaluation says which weights it is of', async () => {
  expect(metrics().weights).toEqual({ epoch: 1, step: 15, sha256: await weightsAt() });
});

it('after further training an export says nothing of it, and how to evaluate again', async () => {
  const before = metrics();
  await succeed(['train', 'm1', '--resume', '--run', 'run', '--epochs', '3', ...machine], work);
  expect(await weightsAt()).not.toBe(before.weights.sha256);
  // However old the checkpoint's file looks.
  utimesSync(checkpointOf(join(work, 'run'), 'best'), 1, 1);
  const outcome = await succeed(['export', 'run', '--out', 'stale', ...one], work);
  const [warning = ''] = warningsOf(outcome);
  expect(warning).toMatch(/says nothing of the validation images: the evaluation is of the weights after 1 epoch/);
  const card = readFileSync(join(work, 'stale', 'onnx', 'README.md'), 'utf8');
  expect(card).not.toContain(before.accuracy.toFixed(4));
  // The way out that it names.
  const [, command = ''] = /npx atelier (.*)$/.exec(warning) ?? [];
  await succeed([...command.split(' '), ...one], work);
  expect(metrics().weights.sha256).toBe(await weightsAt());
  const again = await succeed(['export', 'run', '--out', 'fresh', ...one], work);
  expect(warningsOf(again)).toEqual([]);
  expect(readFileSync(join(work, 'fresh', 'onnx', 'README.md'), 'utf8')).toContain(metrics().accuracy.toFixed(4));
  const { weights } = JSON.parse(readFileSync(join(work, 'fresh', 'onnx', 'export.json'), 'utf8'));
  expect(weights).toEqual(metrics().weights);
});

it('comparisons make an evaluation of other weights again, and leave one of these', async () => {
  const current = metrics();
  const stale = readFileSync(join(work, 'before', 'evaluation', 'validation', 'metrics.json'));
  writeFileSync(metricsPath, stale);
  const { stderr } = await succeed(['compare', 'run', 'before', ...validation], work);
  expect(stderr).toMatch(
    /evaluating run .*: the evaluation is of the weights after 1 epoch \(step 15\), the checkpoint/,
  );
  expect(metrics()).toEqual(current);
  const second = await succeed(['compare', 'run', 'before', ...validation], work);
  expect(logOf(second).filter(({ msg }) => msg.startsWith('evaluating'))).toEqual([]);
});

it('activations name their weights, and lists show no accuracy of others', async () => {
  await succeed(['activations', 'run', '--images', '0', '--split', 'validation', '--out', 'maps', ...one], work);
  const { weights } = JSON.parse(readFileSync(join(work, 'maps', 'activations.json'), 'utf8'));
  expect(weights.sha256).toBe(await weightsAt());
  const testPath = join(work, 'run', 'evaluation', 'test');
  copyFolder(join(work, 'run', 'evaluation', 'validation'), testPath);
  const accuracy = async () => JSON.parse((await atelier(['runs', 'run', '--json'], work)).stdout)[0].testAccuracy;
  expect(await accuracy()).toBe(metrics().accuracy);
  writeFileSync(join(testPath, 'metrics.json'), readFileSync(join(work, 'before/evaluation/validation/metrics.json')));
  expect(await accuracy()).toBeNull();
});
