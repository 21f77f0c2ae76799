/** jax-js as a peer, on its WebAssembly backend. */
import { hasCode, messageOf } from '../../src/errors.ts';
import { PeerError } from '../peer-error.ts';
import { installedVersion } from './installed.ts';
import { JaxModel } from './jax-js-model.ts';
import { type Library, ModelPeer } from './model-peer.ts';
import { serve } from './serve.ts';

const install = 'Install it: npm install --no-save @jax-js/jax@0.1.25';

async function open(threads: number): Promise<Library> {
  // It asks the browser how many processors there are.
  if (!('navigator' in globalThis))
    Object.defineProperty(globalThis, 'navigator', { value: { hardwareConcurrency: threads } });
  try {
    const jax = await import('@jax-js/jax');
    await jax.init('wasm');
    jax.defaultDevice('wasm');
    return {
      versions: { '@jax-js/jax': installedVersion('@jax-js/jax') },
      // Its threads are web workers, which Node does not have.
      threads: 1,
      details: 'backend wasm, jit, one thread: it has no more in Node; running statistics not kept',
      create: (model, options) => new JaxModel(jax, model, options),
    };
  } catch (error) {
    if (hasCode(error, 'ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'))
      throw new PeerError('absent', `jax-js is not installed (${messageOf(error)}). ${install}`, { cause: error });
    throw error;
  }
}

await serve(new ModelPeer(open));
