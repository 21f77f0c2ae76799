import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { until } from '../../soak/waiting.ts';
import { readJson } from '../../src/files/json.ts';
import { readSafetensors } from '../../src/files/safetensors.ts';
import { readCheckpoint } from '../../src/training/checkpoint.ts';
import { runConfigSchema } from '../../src/training/config/run-config.ts';
import { readHistory } from '../../src/training/history.ts';
import { sha256, workFolder } from './folders.ts';
import { logOf, type Outcome, start, succeed } from './program.ts';
import { checkpointOf, machine } from './settings.ts';

const work = workFolder();

const graphsSchema = z.object({
  model: z.string(),
  graphs: z.array(
    z.object({
      file: z.string(),
      program: z.string(),
      sha256: z.string(),
      bytes: z.number(),
      outputs: z.string().array(),
    }),
  ),
});

/** The manifest of a graphs folder, once each file in it has been found to be what the manifest says. */
async function checkedManifest(folder: string) {
  const manifest = await readJson(join(folder, 'manifest.json'), (value) => graphsSchema.parse(value));
  for (const { file, sha256: expected, bytes } of manifest.graphs) {
    expect(sha256(join(folder, file)), file).toBe(expected);
    expect(statSync(join(folder, file)).size, file).toBe(bytes);
  }
  const onnx = readdirSync(folder).filter((name) => name.endsWith('.onnx'));
  expect(onnx.sort()).toEqual(manifest.graphs.map(({ file }) => file).sort());
  return manifest;
}

it('data: finds and verifies the data set', async () => {
  const { stdout, stderr } = await succeed(['data', '--json', '--offline'], work);
  const report = z
    .object({ splits: z.unknown(), files: z.array(z.object({ path: z.string(), sha256: z.string() })) })
    .parse(JSON.parse(stdout));
  expect(report.splits).toEqual({ train: 54_000, validation: 6_000, test: 10_000 });
  expect(report.files.map(({ path }) => existsSync(path))).toEqual([true, true, true, true]);
  expect(stderr).toBe('');
});

it('summary: the table of Model 1, as text and as JSON', async () => {
  const { stdout: text } = await succeed(['summary', 'm1'], work);
  expect(text).toMatch(/parameters: 1,199,882/);
  const { stdout: json } = await succeed(['summary', 'm1', '--json'], work);
  const summary = z
    .object({ parameters: z.number(), layers: z.array(z.object({ name: z.string(), parameters: z.number() })) })
    .parse(JSON.parse(json));
  expect(summary.parameters).toBe(1_199_882);
  expect(summary.layers.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(1_199_882);
});

it('graphs: writes the programs and a manifest that fits them', async () => {
  const { stdout } = await succeed(['graphs', 'm1', '--out', 'graphs', '--text', '--json', '--quiet'], work);
  const { graphs } = await checkedManifest(join(work, 'graphs', 'm1'));
  expect(graphs.map(({ program }) => program)).toEqual(['train_step', 'eval_step', 'predict', 'inspect']);
  expect(graphsSchema.array().parse(JSON.parse(stdout))[0]?.graphs).toEqual(graphs);
  expect(readFileSync(join(work, 'graphs', 'm1', 'train_step.txt'), 'utf8')).toContain('conv1.weight');
});

describe('train m1, then evaluate', () => {
  let training: Outcome;
  let run: string;

  beforeAll(async () => {
    const size = ['--limit-train', '300', '--limit-val', '100', '--epochs', '2', '--batch-size', '64'];
    training = await succeed(['train', 'm1', ...machine, ...size], work);
    run = training.stdout.trimEnd();
  });

  it('prints the run folder, and nothing else, on standard output', () => {
    expect(training.stdout).toMatch(/^artifacts\/runs\/m1-\d{8}-\d{6}\n$/);
    const messages = logOf(training).map(({ msg }) => msg);
    expect(messages.filter((msg) => /^epoch \d\/2 /.test(msg))).toHaveLength(2);
    expect(messages.at(-1)).toMatch(`next: npx atelier evaluate ${run}`);
  });

  it('leaves the files of a run and no others', () => {
    const folder = join(work, run);
    expect(readdirSync(folder).sort()).toEqual(['checkpoints', 'config.json', 'graphs', 'history.jsonl', 'log.ndjson']);
    expect(readdirSync(join(folder, 'checkpoints')).sort()).toEqual(['best.safetensors', 'last.safetensors']);
    expect(readFileSync(join(folder, 'log.ndjson'), 'utf8').trimEnd().split('\n').length).toBeGreaterThan(3);
  });

  it('records what was asked for', async () => {
    const config = await readJson(join(work, run, 'config.json'), (value) => runConfigSchema.parse(value));
    expect(config).toMatchObject({
      model: 'm1',
      recipe: { epochs: 2, batchSize: 64, seed: 42 },
      limits: { train: 300, validation: 100, maxSteps: null },
      device: { used: 'cpu' },
      threads: 1,
    });
  });

  it('writes a line of history for each epoch', async () => {
    const history = await readHistory(join(work, run, 'history.jsonl'));
    expect(history.map(({ epoch }) => epoch)).toEqual([1, 2]);
    for (const { train, validation, seconds, images_per_second } of history) {
      for (const { loss, accuracy } of [train, validation]) {
        expect(loss).toBeGreaterThan(0);
        expect(loss).toBeLessThan(3);
        expect(accuracy).toBeGreaterThan(0.1);
        expect(accuracy).toBeLessThanOrEqual(1);
      }
      expect(Math.min(seconds, images_per_second)).toBeGreaterThan(0);
    }
    expect(history[1]?.train.loss).toBeLessThan(history[0]?.train.loss ?? 0);
  });

  it('keeps parameters and moments under their names in checkpoints that can be read back', async () => {
    const last = await readCheckpoint(checkpointOf(join(work, run)));
    expect(last).toMatchObject({ model: 'm1', seed: 42, progress: { epoch: 2, step: 10, stepInEpoch: 0 } });
    const { tensors } = await readSafetensors(checkpointOf(join(work, run), 'best'));
    expect(tensors.get('conv1.weight')).toMatchObject({ dtype: 'float32', shape: [32, 1, 3, 3] });
    const elements = [...tensors].reduce((sum, [, { data }]) => sum + data.length, 0);
    expect(elements).toBe(3 * 1_199_882);
  });

  it('keeps the graphs that were trained, the one for the partial last batch included', async () => {
    const { graphs } = await checkedManifest(join(work, run, 'graphs'));
    expect(graphs.map(({ file }) => file)).toEqual([
      'train_step.onnx',
      'train_step_batch44.onnx',
      'eval_step.onnx',
      'predict.onnx',
    ]);
  });

  it('evaluate: ends at once when interrupted, and writes nothing', async () => {
    const process = start(['evaluate', run, '--threads', '1', '--log-level', 'debug'], work);
    await until(() => process.isOver() || process.stderr().includes('found t10k'));
    process.signal('SIGINT');
    expect(await process.ended).toMatchObject({ code: 130, signal: null, stdout: '' });
    expect(existsSync(join(work, run, 'evaluation'))).toBe(false);
  });

  it('evaluate: writes and prints the report', async () => {
    const { stdout } = await succeed(['evaluate', run, '--threads', '1'], work);
    const folder = join(work, run, 'evaluation', 'test');
    const report = readFileSync(join(folder, 'classification_report.txt'), 'utf8');
    expect(stdout).toContain(report);
    expect(report).toMatch(/Ankle boot +0\.\d{4} +0\.\d{4} +0\.\d{4} +1000/);
    const names = ['classification_report.txt', 'confusion_matrix.csv', 'metrics.json', 'predictions.csv'];
    expect(readdirSync(folder).sort()).toEqual(names);
    expect(readFileSync(join(folder, 'predictions.csv'), 'utf8').trimEnd().split('\n')).toHaveLength(10_001);
  });

  it('evaluate --json: one document, on the validation images of the run', async () => {
    const options = ['--split', 'validation', '--checkpoint', 'last', '--json', '--quiet', '--threads', '1'];
    const { stdout, stderr } = await succeed(['evaluate', run, ...options], work);
    const [evaluation] = z
      .array(z.object({ directory: z.string(), metrics: z.looseObject({ loss: z.number(), accuracy: z.number() }) }))
      .parse(JSON.parse(stdout));
    const [, last] = await readHistory(join(work, run, 'history.jsonl'));
    expect(evaluation?.directory).toBe(join(run, 'evaluation', 'validation-last'));
    expect(evaluation?.metrics).toMatchObject({ model: 'm1', checkpoint: 'last', split: 'validation', count: 100 });
    expect(evaluation?.metrics.accuracy).toBe(last?.validation.accuracy);
    expect(evaluation?.metrics.loss).toBeCloseTo(last?.validation.loss ?? 0, 5);
    expect(stderr).toBe('');
  });
});

it('train --json --quiet: one document and a silent standard error', async () => {
  const size = ['--limit-train', '40', '--limit-val', '20', '--batch-size', '40', '--max-steps', '1'];
  const { stdout, stderr } = await succeed(['train', 'm2', ...machine, ...size, '--json', '--quiet'], work);
  expect(JSON.parse(stdout)).toMatchObject({ model: 'm2', ending: 'max-steps', steps: 1, epochs: 0, history: [] });
  expect(stderr).toBe('');
});
