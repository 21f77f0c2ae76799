import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AtelierError, messageOf } from '../errors.ts';
import { installCommand, isMissingPackage } from '../files/optional-package.ts';
import { fileProblem } from '../files/problems.ts';
import { pageFiles } from '../web/page-model.ts';
import { feedOf } from './feed.ts';
import { feedSize } from './graph-run.ts';
import type { Runner } from './trial.ts';

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
  const classify = async (start: number) => {
    const { data, shape } = feedOf(trial, form.input, subject.normalization, start, feedSize);
    const images = new Tensor(data, shape);
    const found = (await session.run({ images }, ['logits']))['logits']?.data;
    if (!(found instanceof Float32Array))
      throw new AtelierError(`onnxruntime-web returned no logits from '${file}'`, { code: 'runtime-failed' });
    values.set(found, start * classes);
  };
  try {
    // The first call lays out weights; it is not timed.
    await classify(0);
    const started = performance.now();
    for (let start = 0; start < trial.count; start += feedSize) await classify(start);
    const seconds = (performance.now() - started) / 1000;
    return { values, seconds, runtime: `onnxruntime-web ${env.versions.web ?? ''} (WebAssembly, one thread)` };
  } finally {
    await session.release();
  }
};
