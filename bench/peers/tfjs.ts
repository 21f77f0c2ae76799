/** TensorFlow.js as a peer. Argument: the backend, wasm or cpu. */
import { hasCode, messageOf } from '../../src/errors.ts';
import { PeerError } from '../peer-error.ts';
import { type Library, ModelPeer } from './model-peer.ts';
import { serve } from './serve.ts';
import { TfjsModel } from './tfjs-model.ts';

const install = 'Install it: npm install --no-save @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0';
/** Registers itself when it is imported. A variable, because the package may be absent. */
const wasmPackage: string = '@tensorflow/tfjs-backend-wasm';

async function open(backend: string): Promise<Library> {
  try {
    const tf = await import('@tensorflow/tfjs');
    tf.enableProdMode();
    if (backend === 'wasm') await import(wasmPackage);
    if (!(await tf.setBackend(backend)))
      throw new PeerError('failed', `TensorFlow.js has no backend '${backend}' here`);
    return {
      versions: { '@tensorflow/tfjs': tf.version.tfjs },
      // In Node the wasm backend has no threads (its flag WASM_HAS_MULTITHREAD_SUPPORT is off there), JavaScript none at all.
      threads: 1,
      details: `backend ${tf.getBackend()}, NHWC, one thread: it has no more in Node`,
      create: (model, options) => new TfjsModel(tf, model, options),
    };
  } catch (error) {
    if (hasCode(error, 'ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'))
      throw new PeerError('absent', `TensorFlow.js is not installed (${messageOf(error)}). ${install}`, {
        cause: error,
      });
    throw error;
  }
}

const [backend = 'wasm'] = process.argv.slice(2);
await serve(new ModelPeer(() => open(backend)));
