import { readFile } from 'node:fs/promises';
import { type ExportForm, inferenceGraph } from '../../graphs/export/inference-graph.ts';
import { fileProblem } from '../files/problems.ts';
import { readSafetensors } from '../files/safetensors.ts';
import { Session } from '../runtime/session.ts';
import { versions } from '../training/environment.ts';
import type { ExportFormat } from './formats.ts';
import { outputOver } from './graph-run.ts';
import { runTfjs } from './run-tfjs.ts';
import { runWeb } from './run-web.ts';
import type { Subject } from './subject.ts';
import { classifyInTime, type ForeignAnswers, type Runner, type Trial } from './trial.ts';

const runtimeName = () => `onnxruntime-node ${versions().onnxruntime}`;

/** ONNX files and ORT files: the runtime tells them apart by their first bytes. */
const runOnnx: Runner = async (path, subject, form, trial) => {
  const bytes = await readFile(path).catch((error) => {
    throw fileProblem('read', path, error);
  });
  return timed(await Session.load(bytes, path, { device: 'cpu', threads: subject.threads }), subject, form, trial);
};

/** The weights as our reader finds them, in the project's own graph. */
const runWeights: Runner = async (path, subject, _, trial) => {
  const { tensors } = await readSafetensors(path);
  const form = { input: 'bytes', output: 'logits' } as const;
  const options = { model: subject.model, normalization: subject.normalization };
  const graph = inferenceGraph(options, tensors, form);
  return timed(await Session.create(graph, { device: 'cpu', threads: subject.threads }), subject, form, trial);
};

async function timed(session: Session, subject: Subject, form: ExportForm, trial: Trial): Promise<ForeignAnswers> {
  const feeding = { input: form.input, normalization: subject.normalization };
  const output = form.output === 'probabilities' ? 'probabilities' : 'logits';
  const { classes } = subject.model;
  const values = new Float32Array(trial.count * classes);
  try {
    const done = await classifyInTime(trial.count, trial.shape, async (span) => {
      values.set(await outputOver(session, trial, feeding, output, classes, span), span.from * classes);
    });
    return { ...done, values, runtime: runtimeName() };
  } finally {
    await session.release();
  }
}

/** Where each format is at home. */
export const runners: Readonly<Record<ExportFormat, Runner>> = {
  onnx: runOnnx,
  'onnx-fp16': runOnnx,
  'onnx-int8': runOnnx,
  ort: runOnnx,
  safetensors: runWeights,
  tfjs: runTfjs,
  web: runWeb,
};
