import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/files/package-root.ts';
import type { Launch } from './peer-process.ts';

/** What is measured; each measure starts its peers anew. */
export const measures = ['step', 'predict', 'epoch', 'startup'] as const;
export type Measure = (typeof measures)[number];

/** For a peer that would take hours at the common sizes: less work, said in the result, compared by the image. */
export interface Reduced {
  /** Images of a training step. */
  readonly batchSize?: number;
  /** Steps of a repetition. */
  readonly steps?: number;
  readonly repetitions?: number;
  /** Images of one prediction, a multiple of each of its batch sizes. */
  readonly predictImages?: number;
  readonly predictBatchSizes?: readonly number[];
  /** Batches of an epoch. */
  readonly epochBatches?: number;
  /** Steps of the comparison of losses; their batch size is the same for all. */
  readonly verifySteps?: number;
}

/** Something that a user might pick instead. */
export interface Peer {
  readonly name: string;
  readonly title: string;
  readonly launch: (threads: number) => Launch;
  readonly reduced?: Reduced;
  /** The models that it has, on images of any size; those without have the published experiment's, on its images. */
  readonly models?: 'all' | readonly string[];
  /** Measures that it is not put to, each with the reason. */
  readonly without?: Partial<Readonly<Record<Measure, string>>>;
  /** What the table must say of it. */
  readonly remarks?: Partial<Readonly<Record<Measure, string>>>;
}

/** What PyTorch and torchvision have, or `peers/torch_peer.py` writes down. */
const pytorchModels = ['m1', 'm2', 'resnet9', 'resnet18', 'mobilenet-v2'] as const;

/** Everything is compared with this one. */
export const ourselves = 'atelier';

/** Atelier's name stands first: in the first repetition it is first, in the next last. */
export const peerCatalogue: readonly Peer[] = [
  { name: ourselves, title: 'Atelier', launch: nodePeer('atelier.js', 'atelier'), models: 'all' },
  {
    name: 'atelier-portable',
    title: 'Atelier, portable target',
    launch: nodePeer('atelier.js', 'atelier-portable'),
    models: 'all',
  },
  { name: 'pytorch', title: 'PyTorch, eager', launch: pytorch('eager'), models: pytorchModels },
  {
    name: 'pytorch-channels-last',
    title: 'PyTorch, channels_last',
    launch: pytorch('channels-last'),
    models: pytorchModels,
  },
  {
    name: 'pytorch-compile',
    title: 'PyTorch, torch.compile',
    launch: pytorch('compile'),
    models: pytorchModels,
    without: { startup: 'compiling takes it a minute: see eager' },
  },
  {
    name: 'ort-training',
    title: "ONNX Runtime's training build (wasm)",
    launch: nodePeer('atelier.js', 'ort-training'),
    reduced: { steps: 5, epochBatches: 10, predictImages: 2000 },
    remarks: { predict: 'its evaluation step, the only forward pass that it has' },
  },
  {
    name: 'tfjs-wasm',
    title: 'TensorFlow.js, wasm',
    launch: nodePeer('tfjs.js', 'wasm'),
    reduced: { predictImages: 2000 },
    without: { epoch: 'it cannot train convolutions: see step' },
  },
  {
    name: 'tfjs-cpu',
    title: 'TensorFlow.js, cpu',
    launch: nodePeer('tfjs.js', 'cpu'),
    reduced: {
      batchSize: 4,
      steps: 1,
      repetitions: 1,
      predictImages: 8,
      predictBatchSizes: [4, 8],
      verifySteps: 2,
    },
    without: { epoch: 'it would take many hours: see step' },
  },
  {
    name: 'jax-js',
    title: 'jax-js, wasm',
    launch: nodePeer('jax-js.js'),
    reduced: {
      batchSize: 8,
      steps: 1,
      repetitions: 2,
      predictImages: 32,
      predictBatchSizes: [16, 32],
    },
    without: { epoch: 'it would take hours: see step' },
  },
];

/** A peer of `peers/` in the build. */
function nodePeer(file: string, ...args: readonly string[]): Peer['launch'] {
  return () => ({
    command: process.execPath,
    args: [join(packageRoot(), 'dist', 'bench', 'peers', file), ...args],
    install: 'Reinstall Node.js.',
  });
}

/** Where `make bench-peers` puts a Python with a library. */
function environmentOf(name: string): string | undefined {
  const python = join(packageRoot(), '.setup', 'peers', name, 'bin', 'python');
  return existsSync(python) ? python : undefined;
}

/** A Python that is named comes first, then that of `make bench-peers`, then Debian's own, which has the packaged PyTorch. */
function pytorch(variant: string): Peer['launch'] {
  const debian = '/usr/bin/python3';
  return (threads) => ({
    command: process.env['ATELIER_PYTHON'] ?? environmentOf('pytorch') ?? (existsSync(debian) ? debian : 'python3'),
    args: [join(packageRoot(), 'bench', 'peers', 'torch_peer.py'), variant],
    env: {
      // Its libraries read these before torch.set_num_threads can speak.
      OMP_NUM_THREADS: String(threads),
      OPENBLAS_NUM_THREADS: String(threads),
      // Its own folder stays off the path, where a library could find a file of it by the name of one of its own.
      PYTHONSAFEPATH: '1',
    },
    install:
      'Install it: make bench-peers, or apt install python3-torch python3-torchvision libopenblas0-pthread; for another Python set ATELIER_PYTHON.',
  });
}
