/** Every format of both models, written, run in its own runtime and held against the run. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExportForm } from '../../graphs/export/inference-graph.ts';
import { deserializeInitializers, deserializeModel } from '../../graphs/ir/serialize.ts';
import { tensorBytes } from '../../graphs/ir/tensor-bytes.ts';
import type { Tensor } from '../../graphs/ir/types.ts';
import { computeMetrics } from '../../src/evaluation/metrics.ts';
import type { Artifact } from '../../src/export/artifact.ts';
import { type ExportFormat, exportFormats, formOf } from '../../src/export/formats.ts';
import { modelCard } from '../../src/export/model-card.ts';
import type { Subject } from '../../src/export/subject.ts';
import { makeTrial, type Trial } from '../../src/export/trial.ts';
import { verify } from '../../src/export/verify.ts';
import { writers } from '../../src/export/writers.ts';
import { readSafetensors } from '../../src/files/safetensors.ts';
import { libraryWording } from '../../src/message.ts';
import { imageSet, labelledSet, untrained } from './support.ts';

const work = mkdtempSync(join(tmpdir(), 'atelier-export-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const both: ExportForm = { input: 'bytes', output: 'both' };
/** Largest difference of logits: rounding in float32, or what the precision costs these untrained weights. */
const tolerances: Readonly<Record<ExportFormat, number>> = {
  onnx: 1e-6,
  'onnx-fp16': 5e-3,
  'onnx-int8': 5e-2,
  ort: 1e-5,
  safetensors: 1e-6,
  tfjs: 1e-5,
  web: 1e-5,
};

async function write(subject: Subject, format: ExportFormat, form: ExportForm): Promise<Artifact> {
  const calibrationImages = async () => ({ calibration: imageSet(16, 5), trial: imageSet(16, 6) });
  const sampleImages = async () => labelledSet(8, 0, 9);
  const options = { form: formOf(format, form), opset: 17, threads: 1, calibrationImages, sampleImages };
  const artifact = await writers[format](subject, options);
  for (const [name, content] of artifact.files) {
    mkdirSync(dirname(join(work, name)), { recursive: true });
    writeFileSync(join(work, name), content);
  }
  return artifact;
}

describe.each(['m1', 'm2'] as const)('%s', (model) => {
  let subject: Subject;
  let trial: Trial;
  beforeAll(async () => {
    subject = await untrained(work, model);
    trial = await makeTrial(subject, labelledSet(7, 0, 1, 2, 3));
  });

  it.each(exportFormats)('%s gives what the run gives', async (format) => {
    const { main } = await write(subject, format, both);
    const found = await verify(format, work, main, subject, both, trial);
    if (typeof found === 'string') throw new Error(found);
    expect(found.largestDifference).toBeLessThan(tolerances[format]);
    expect(found).toMatchObject({ images: 4, compared: 'logits', referenceAccuracy: found.referenceAccuracy });
    if (format !== 'onnx-int8') expect(found.agreeing).toBe(4);
  });

  it('normalised input and probabilities likewise', async () => {
    const form: ExportForm = { input: 'normalized', output: 'probabilities' };
    for (const format of ['onnx', 'onnx-int8', 'tfjs'] as const) {
      const { main } = await write(subject, format, form);
      const found = await verify(format, work, main, subject, form, trial);
      if (typeof found === 'string') throw new Error(found);
      expect(found.compared).toBe('probabilities');
      expect(found.largestDifference).toBeLessThan(1e-2);
    }
  });

  it('the ONNX file says what it is', async () => {
    const { main } = await write(subject, 'onnx', both);
    const { metadata, opset } = deserializeModel(readFileSync(join(work, main)));
    expect(opset).toBe(17);
    expect(metadata).toMatchObject({ model, run: `run-${model}`, epoch: '3', licence: 'MIT', precision: 'float32' });
    expect(JSON.parse(metadata['classes'] ?? '')).toHaveLength(10);
    const { mean, std } = subject.config.recipe.normalization;
    expect(JSON.parse(metadata['normalization'] ?? '')).toEqual({ mean: mean[0], std: std[0] });
  });

  it('its constants can be read without its operators', async () => {
    const { main } = await write(subject, 'onnx', both);
    const constants = deserializeInitializers(readFileSync(join(work, main)));
    const weight = constants.find(({ value }) => value.name === 'fc1.weight');
    // Bytes: an element-wise comparison of a million numbers takes seconds.
    const bytes = (tensor: Tensor | undefined) => Buffer.from(tensor ? tensorBytes(tensor) : []);
    expect(bytes(weight?.tensor).equals(bytes(subject.state.get('fc1.weight')))).toBe(true);
  });

  it('safetensors holds parameters and buffers, no optimizer state', async () => {
    const { main } = await write(subject, 'safetensors', both);
    const { tensors, metadata } = await readSafetensors(join(work, main));
    const { parameters, buffers } = subject.model.network;
    expect([...tensors.keys()].sort()).toEqual([...parameters, ...buffers].map(({ name }) => name).sort());
    expect(metadata.get('format')).toBe('pt');
  });

  it.each(exportFormats)(
    'the card of %s names files, data, recipe, limits, licence and a way to run it',
    async (format) => {
      const artifact = await write(subject, format, both);
      const sizes = new Map([...artifact.files].map(([name, content]) => [name, content.length]));
      const card = modelCard(subject, {
        format,
        form: both,
        artifact,
        sizes,
        verification: null,
        wording: libraryWording,
      });
      for (const part of [
        'Files',
        'Input and output',
        'How to run it',
        'Metrics',
        'Data',
        'Recipe',
        'Limits',
        'Licence',
      ])
        expect(card).toContain(`## ${part}\n\n`);
      expect(card).toContain(`\`${artifact.main}\``);
      expect(card).toContain('Ankle boot');
      expect(card).not.toMatch(/undefined|NaN|\[object|\n\n\n/);
    },
  );
});

it('a card says how good the model is beside the most frequent class alone, and class by class', async () => {
  const subject = await untrained(work, 'm1');
  // Three of four are of one class: its recall is 2/3, the other's 0.
  const metrics = computeMetrics(
    { model: 'm1', run: 'run', checkpoint: 'best', split: 'test' },
    { classNames: ['a | b', 'c'], labels: [0, 0, 0, 1], logits: Float32Array.of(2, 1, 2, 1, 1, 2, 2, 1) },
  );
  const artifact = await write(subject, 'safetensors', both);
  const content = { format: 'safetensors', form: both, artifact, sizes: new Map(), verification: null } as const;
  const card = modelCard({ ...subject, metrics: [metrics] }, { ...content, wording: libraryWording });
  expect(card).toContain('| split | images | accuracy | most frequent class alone | balanced accuracy |');
  expect(card).toContain('| test | 4 | 0.5000 | 0.7500 (a \\| b) | 0.3333 |');
});

it('a damaged export is named', async () => {
  mkdirSync(join(work, 'torn'), { recursive: true });
  writeFileSync(join(work, 'torn', 'm1.onnx'), 'no model');
  const subject = await untrained(work, 'm1');
  const trial = await makeTrial(subject, labelledSet(7, 0));
  await expect(verify('onnx', join(work, 'torn'), 'm1.onnx', subject, both, trial)).rejects.toThrow('m1.onnx');
  await expect(verify('ort', join(work, 'torn'), 'm1.ort', subject, both, trial)).rejects.toThrow('does not exist');
});
