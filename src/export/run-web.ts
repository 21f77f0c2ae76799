import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AtelierError, messageOf } from '../errors.ts';
import { installCommand, isMissingPackage } from '../files/optional-package.ts';
import { fileProblem } from '../files/problems.ts';
import { pageFiles } from '../web/page-model.ts';
import { feedOf } from './feed.ts';
import type { Span } from './graph-run.ts';
import { classifyInTime, type Runner } from './trial.ts';

/** The page's runtime, undefined where it is not installed: who only exports can do without. */
async function load() {
  try {
    return await import('onnxruntime-web');
  } catch (error) {
    if (isMissingPackage(error)) return undefined;
    throw error;
  }
}

/** The page's model in the page's runtime, the same WebAssembly on one thread; only that Node runs it, not a browser. */
export const runWeb: Runner = async (path, subject, form, trial) => {
  const runtime = await load();
  if (!runtime) return `package onnxruntime-web is not installed: ${installCommand('onnxruntime-web')}`;
  const { env, InferenceSession, Tensor } = runtime;
  const file = join(dirname(path), pageFiles.model);
  const bytes = await readFile(file).catch((error) => {
    throw fileProblem('read', file, error);
  });
  env.wasm.numThreads = 1;
  const session = await InferenceSession.create(bytes, { executionProviders: ['wasm'] }).catch((error) => {
    throw new AtelierError(`onnxruntime-web refuses '${file}': ${messageOf(error)}`, {
      code: 'runtime-failed',
      cause: error,
    });
  });
  const { classes } = subject.model;
  const values = new Float32Array(trial.count * classes);
  const classify = async ({ from, to }: Span) => {
    const { data, shape } = feedOf(trial, form.input, subject.normalization, from, to - from);
    const images = new Tensor(data, shape);
    const found = (await session.run({ images }, ['logits']))['logits']?.data;
    if (!(found instanceof Float32Array))
      throw new AtelierError(`onnxruntime-web returned no logits from '${file}'`, { code: 'runtime-failed' });
    values.set(found, from * classes);
  };
  try {
    const done = await classifyInTime(trial.count, trial.shape, classify);
    return { ...done, values, runtime: `onnxruntime-web ${env.versions.web ?? ''} (WebAssembly, one thread)` };
  } finally {
    await session.release();
  }
};
