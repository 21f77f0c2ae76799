/** ONNX Runtime's training build for browsers, loaded in Node. Nothing else knows where it lies or what it exports. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AtelierError, messageOf } from '../errors.ts';
import { installCommand, isMissingPackage } from '../files/optional-package.ts';

/** What is used of onnxruntime-common 1.19's types, which the current onnxruntime-common no longer has. */
export interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}
export type OrtFeeds = Readonly<Record<string, OrtTensor>>;

export interface OrtSession {
  /** What the caller feeds, parameters left out. */
  readonly trainingInputNames: readonly string[];
  readonly evalInputNames: readonly string[];
  runTrainStep(feeds: OrtFeeds): Promise<OrtFeeds>;
  runEvalStep(feeds: OrtFeeds): Promise<OrtFeeds>;
  runOptimizerStep(): Promise<void>;
  lazyResetGrad(): Promise<void>;
  getContiguousParameters(trainableOnly: boolean): Promise<OrtTensor>;
  loadParametersBuffer(buffer: Uint8Array, trainableOnly: boolean): Promise<void>;
  release(): Promise<void>;
}

/** The four artifacts as bytes; the runtime would fetch what is given by name. */
export interface OrtArtifacts {
  readonly checkpointState: Uint8Array;
  readonly trainModel: Uint8Array;
  readonly evalModel: Uint8Array;
  readonly optimizerModel?: Uint8Array;
}

export interface OrtTrainingRuntime {
  readonly Tensor: new (type: string, data: ArrayBufferView, dims: readonly number[]) => OrtTensor;
  readonly TrainingSession: { create(artifacts: OrtArtifacts, options: object): Promise<OrtSession> };
  readonly env: { logLevel: string; readonly wasm: { numThreads: number } };
}

const packageName = 'onnxruntime-training-web';
/** The package says that this file is not for Node, so it is loaded by its path. */
const file = 'ort.training.wasm.min.js';

let loaded: { readonly runtime: OrtTrainingRuntime; readonly threads: number } | undefined;

/**
 * The runtime, which computes with `threads` threads in all of this process.
 *
 * @throws AtelierError where the package is not installed or not the one expected, or where the runtime has been started
 *   with another number of threads
 */
export function loadTrainingRuntime(threads: number): OrtTrainingRuntime {
  if (loaded && loaded.threads !== threads)
    throw new AtelierError(
      `the ort-training engine runs with ${loaded.threads} threads in this process and cannot change to ${threads}. ` +
        'Start another process.',
      { code: 'invalid-setting' },
    );
  loaded ??= { runtime: load(threads), threads };
  return loaded.runtime;
}

function load(threads: number): OrtTrainingRuntime {
  const found: unknown = requirePackage();
  if (!isTrainingRuntime(found))
    throw new AtelierError(
      `package '${packageName}' has no TrainingSession; version 1.19.2 of onnxruntime-web was expected. ` +
        `Run: ${installCommand(packageName)}`,
      { code: 'package-missing' },
    );
  // Warnings would go to standard output.
  found.env.logLevel = 'error';
  found.env.wasm.numThreads = threads;
  return found;
}

function requirePackage(): unknown {
  const require = createRequire(import.meta.url);
  try {
    return require(join(dirname(require.resolve(packageName)), file));
  } catch (error) {
    throw new AtelierError(
      isMissingPackage(error)
        ? `the ort-training engine needs the package '${packageName}', which is not installed. ` +
            `Install it: ${installCommand(packageName)}. The native engine does without it.`
        : `package '${packageName}' cannot be loaded: ${messageOf(error)}`,
      { code: 'package-missing', cause: error },
    );
  }
}

function isTrainingRuntime(module: unknown): module is OrtTrainingRuntime {
  return (
    hasKey(module, 'Tensor') &&
    typeof module.Tensor === 'function' &&
    hasKey(module, 'TrainingSession') &&
    hasKey(module.TrainingSession, 'create') &&
    typeof module.TrainingSession.create === 'function' &&
    hasKey(module, 'env') &&
    hasKey(module.env, 'wasm')
  );
}

function hasKey<K extends string>(value: unknown, key: K): value is Readonly<Record<K, unknown>> {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && key in value;
}
