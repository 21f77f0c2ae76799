import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ImageShape } from '../data/images.ts';
import { AtelierError, hasCode, messageOf } from '../errors.ts';
import { feedOf } from './feed.ts';
import { classifyInTime, type Runner } from './trial.ts';

/** Registers itself when it is imported. A variable, because the compiler would insist on a package that may be absent. */
const wasmBackend: string = '@tensorflow/tfjs-backend-wasm';

/** TensorFlow.js with its fastest backend here, undefined where it is not installed: who only exports can do without. */
async function load() {
  try {
    const tf = await import('@tensorflow/tfjs');
    tf.enableProdMode();
    await tf.setBackend((await available(wasmBackend)) ? 'wasm' : 'cpu');
    return tf;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function available(name: string): Promise<boolean> {
  try {
    await import(name);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return hasCode(error, 'ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND');
}

/**
 * Loads a layers model as a web page would, by tf.loadLayersModel over its HTTP loader; only that the loader's fetch
 * reads from the folder.
 */
export const runTfjs: Runner = async (path, subject, form, trial) => {
  const tf = await load();
  if (!tf) return 'package @tensorflow/tfjs is not installed: npm install --no-save @tensorflow/tfjs@4.22.0';
  const fetchFunc = async (file: string | URL | Request) => {
    const name = basename(file instanceof Request ? file.url : String(file));
    return new Response(await readFile(join(dirname(path), name)));
  };
  const model = await tf
    .loadLayersModel(tf.io.http(`http://export/${basename(path)}`, { fetchFunc }))
    .catch((error) => {
      throw new AtelierError(`TensorFlow.js refuses '${path}': ${messageOf(error)}`, {
        code: 'runtime-failed',
        cause: error,
      });
    });
  const { classes, input } = subject.model;
  const values = new Float32Array(trial.count * classes);
  const done = await classifyInTime(trial.count, trial.shape, async ({ from, to }) => {
    const { data } = feedOf(trial, form.input, subject.normalization, from, to - from);
    const count = to - from;
    const images = tf.tensor4d(channelsLast(data, count, input), [count, input.height, input.width, input.channels]);
    const predicted = model.predict(images);
    const outputs = Array.isArray(predicted) ? predicted : [predicted];
    const found = await outputs[0]?.data();
    if (!(found instanceof Float32Array))
      throw new AtelierError(`TensorFlow.js returned no numbers from '${path}'`, { code: 'runtime-failed' });
    values.set(found, from * classes);
    tf.dispose([images, ...outputs]);
  });
  model.dispose();
  return { ...done, values, runtime: `@tensorflow/tfjs ${tf.version.tfjs}, backend ${tf.getBackend()}` };
};

/** [N,C,H,W] as [N,H,W,C]. */
function channelsLast(data: Uint8Array | Float32Array, count: number, shape: ImageShape): Float32Array {
  const { channels, height, width } = shape;
  const area = height * width;
  const result = new Float32Array(data.length);
  for (let image = 0; image < count; image++)
    for (let channel = 0; channel < channels; channel++) {
      const from = (image * channels + channel) * area;
      const to = image * channels * area + channel;
      for (let at = 0; at < area; at++) result[to + at * channels] = data[from + at] ?? 0;
    }
  return result;
}
