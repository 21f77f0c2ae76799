/** What the ort-training engine says where its package is missing, or is another one. */
import { afterEach, expect, it, vi } from 'vitest';
import { AtelierError } from '../../src/errors.ts';

const require = vi.hoisted(() => ({
  load: (): unknown => undefined,
  resolve: (): string => '/packages/x/dist/main.js',
}));
vi.mock('node:module', () => ({
  createRequire: () => Object.assign(() => require.load(), { resolve: () => require.resolve() }),
}));
const { loadTrainingRuntime } = await import('../../src/runtime/ort-training-runtime.ts');

afterEach(() => {
  require.load = () => undefined;
  require.resolve = () => '/packages/x/dist/main.js';
});

const install = 'npm install onnxruntime-training-web@npm:onnxruntime-web@1.19.2';

function attempt(): unknown {
  try {
    return loadTrainingRuntime(1);
  } catch (error) {
    return error;
  }
}

it('names the missing package and both ways out', () => {
  require.resolve = () => {
    throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
  };
  const error = attempt();
  expect(error).toBeInstanceOf(AtelierError);
  expect(error).toHaveProperty(
    'message',
    "the ort-training engine needs the package 'onnxruntime-training-web', which is not installed. " +
      `Install it: ${install}. The native engine does without it.`,
  );
});

it('says why a package that is there does not load', () => {
  require.load = () => {
    throw new Error('bad wasm');
  };
  expect(attempt()).toHaveProperty('message', "package 'onnxruntime-training-web' cannot be loaded: bad wasm");
});

it.each([[{}], [null], [{ Tensor: class {}, TrainingSession: {}, env: { wasm: {} } }]])('refuses %j', (module) => {
  require.load = () => module;
  expect(attempt()).toHaveProperty(
    'message',
    "package 'onnxruntime-training-web' has no TrainingSession; version 1.19.2 of onnxruntime-web was expected. " +
      `Run: ${install}`,
  );
});
