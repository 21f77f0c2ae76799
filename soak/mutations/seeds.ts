/**
 * Valid files of every kind that is read, small enough to be read a thousand times in a second: those of a short training by
 * the program, and what its own writers make of parts of that training.
 */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bindInputs } from '../../graphs/ir/passes/bind.ts';
import { deserializeModel, serializeModel } from '../../graphs/ir/serialize.ts';
import { elementCount, type Tensor } from '../../graphs/ir/types.ts';
import { computeMetrics } from '../../src/evaluation/metrics.ts';
import { predictionsOf } from '../../src/evaluation/predictions.ts';
import { predictionsCsv } from '../../src/evaluation/predictions-csv.ts';
import { acquireLock, lockFileName } from '../../src/files/lock.ts';
import { packageRoot } from '../../src/files/package-root.ts';
import { EventFolder } from '../../src/tracking/event-folder.ts';
import { readCheckpoint, writeCheckpoint } from '../../src/training/checkpoint.ts';
import { RunFolder } from '../../src/training/run-folder.ts';
import { weightsIdentity } from '../../src/training/weights-identity.ts';
import { atelier } from '../program.ts';
import { Dice } from './dice.ts';

/** Tensors with more elements are left out of the seeds. */
const mostElements = 800;

/** What an IDX file among the seeds holds. */
export const idxShape = [12, 7, 5] as const;

/** Makes all seeds in a folder. */
export async function makeSeeds(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const run = new RunFolder(join(folder, 'run'));
  await program(
    folder,
    'train',
    'm1',
    '--run',
    'run',
    '--epochs',
    '3',
    '--limit-train',
    '32',
    '--limit-val',
    '32',
    '--batch-size',
    '16',
    '--name',
    'seed',
    '--tag',
    'a',
    '--tag',
    'b',
    '--note',
    'made to be changed',
  );
  await Promise.all([
    program(folder, 'export', 'run', '--format', 'onnx', '--out', 'exports'),
    program(folder, 'activations', 'run', '--images', '1', '--layers', 'conv1', '--channels', '0', '--out', 'sheets'),
  ]);
  await copyFile(run.config, join(folder, 'config.json'));
  await copyFile(
    join(packageRoot(), 'test', 'fixtures', 'runs-0.1', 'm2', 'config.json'),
    join(folder, 'config-1.json'),
  );
  await copyFile(run.history, join(folder, 'history.jsonl'));
  await copyFile(join(folder, 'exports', 'onnx', 'export.json'), join(folder, 'export.json'));
  await copyFile(join(folder, 'sheets', 'activations.json'), join(folder, 'activations.json'));
  await copyFile(join(packageRoot(), 'datasets', 'fashion-mnist.json'), join(folder, 'manifest.json'));
  await writeWeights(folder, run);
  await writeResults(folder, run);
  await writeOthers(folder);
}

async function program(folder: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await atelier(args, folder);
  if (code !== 0) throw new Error(`atelier ${args.join(' ')}: exit code ${code}: ${stderr}`);
}

async function writeWeights(folder: string, run: RunFolder): Promise<void> {
  const whole = await readCheckpoint(run.checkpoint('last'));
  const state = new Map([...whole.state].filter(([, { shape }]) => elementCount(shape) <= mostElements));
  const path = join(folder, 'last.safetensors');
  await writeCheckpoint(path, { ...whole, state });
  await writeFile(join(folder, 'unchecked.safetensors'), withoutHashes(await readFile(path)));
  await writeFile(join(folder, 'foreign.safetensors'), foreignWeights());
  const predict = await readFile(join(run.graphs, 'predict.onnx'));
  await writeFile(join(folder, 'predict.onnx'), predict);
  const { graph } = deserializeModel(predict);
  const named = new Set(graph.inputs.map(({ name }) => name));
  const bound = new Map<string, Tensor>([...state].filter(([name]) => named.has(name)));
  await writeFile(join(folder, 'weights.onnx'), serializeModel(bindInputs(graph, bound)));
}

function framed(header: unknown, data: Uint8Array): Buffer {
  const text = JSON.stringify(header);
  const bytes = Buffer.from(text.padEnd(Math.ceil(Buffer.byteLength(text) / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes, data]);
}

/** As versions before 0.3 wrote it. */
function withoutHashes(file: Buffer): Buffer {
  const end = 8 + Number(file.readBigUInt64LE());
  const header = JSON.parse(file.subarray(8, end).toString('utf8'));
  for (const key of ['sha256', 'header_sha256']) delete header.__metadata__[key];
  return framed(header, file.subarray(end));
}

/** As other programs write them: all types of real numbers, and a counter. */
function foreignWeights(): Buffer {
  const kinds = [
    ['F64', 8],
    ['I64', 8],
    ['F32', 4],
    ['F16', 2],
    ['BF16', 2],
  ] as const;
  let at = 0;
  const entries = kinds.map(([dtype, bytes]) => {
    const begin = at;
    at += 6 * bytes;
    return [`layer.${dtype}.weight`, { dtype, shape: [2, 3], data_offsets: [begin, at] }] as const;
  });
  // The exponents of these bytes are moderate in all of the types.
  return framed({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) }, Buffer.alloc(at, 0x3c));
}

/** An evaluation of made-up answers, by the writers of real ones. */
async function writeResults(folder: string, run: RunFolder): Promise<void> {
  const dice = new Dice('results', 0);
  const classNames = ['T-shirt/top', 'Trouser', 'Pullover, "warm"', 'Dress'];
  const labels = Array.from({ length: 24 }, (_, image) => (image < 4 ? image : dice.below(4)));
  const logits = Float32Array.from({ length: 4 * labels.length }, () => dice.below(8_000) / 1_000);
  const scores = { classNames, labels, logits };
  const weights = weightsIdentity(await readCheckpoint(run.checkpoint('best')));
  const metrics = computeMetrics({ model: 'm1', run: 'run', checkpoint: 'best', split: 'test', weights }, scores);
  await writeFile(join(folder, 'metrics.json'), `${JSON.stringify(metrics, undefined, 2)}\n`);
  const { weights: _weights, balancedAccuracy: _balanced, majority: _majority, ...older } = metrics;
  await writeFile(join(folder, 'metrics-1.json'), JSON.stringify(older));
  await writeFile(join(folder, 'predictions.csv'), predictionsCsv(predictionsOf(scores, [...labels.keys()])));
}

async function writeOthers(folder: string): Promise<void> {
  await writeFile(
    join(folder, 'recipe.json'),
    '{\n  "model": "m1",\n  "epochs": 3,\n  "optimizer": { "name": "sgd", "lr": 0.01, "momentum": 0.9 },\n  "schedule": { "name": "step", "stepSize": 2 },\n  "dropout": 0.1,\n  "augmentation": true,\n  "normalization": { "mean": 0.3, "std": [0.35] }\n}\n',
  );
  await writeFile(
    join(folder, 'diverged.json'),
    '{ "found": "the training loss became NaN at step 3 (epoch 1)", "step": 3 }\n',
  );
  await writeFile(join(folder, 'figures.json'), '{ "figures": ["m1-curves.png", "samples.png"] }\n');
  await writeFile(
    join(folder, 'report.md'),
    '# Report\n\n![Fig. 1. Samples](<figures/samples.png>)\n\n![Fig. 2. Maps](<figures/m1-conv1-image-00001.png>)\n',
  );
  const header = Buffer.from([0, 0, 8, 3, ...idxShape.flatMap((size) => [0, 0, 0, size])]);
  const idx = Buffer.concat([
    header,
    new Dice('pixels', 0).bytes(idxShape.reduce((product, size) => product * size, 1)),
  ]);
  await writeFile(join(folder, 'images.idx'), idx);
  await writeFile(join(folder, 'images.idx.gz'), gzipSync(idx));
  await writeFile(join(folder, 'trace.json'), JSON.stringify(traceEvents()));
  const locked = join(folder, 'locked');
  await mkdir(locked);
  const release = await acquireLock(locked);
  await copyFile(join(locked, lockFileName), join(folder, 'lock'));
  release();
  const board = join(folder, 'board');
  await mkdir(board);
  const events = await EventFolder.open(board);
  for (const step of [1, 2, 300])
    await events.add(step, [
      { tag: 'loss/train', simple_value: 1 / step },
      { tag: 'loss/validation', simple_value: 0.5 },
    ]);
  const [name = ''] = (await import('node:fs')).readdirSync(board);
  await copyFile(join(board, name), join(folder, 'events'));
}

/** As ONNX Runtime's profiler writes a run of two kernels. */
function traceEvents(): readonly object[] {
  const event = (name: string, ts: number, dur: number, args = {}) => ({
    cat: 'Session',
    pid: 1,
    tid: 1,
    dur,
    ts,
    ph: 'X',
    name,
    args,
  });
  const kernel = (name: string, ts: number, op_name: string) =>
    event(`${name}_kernel_time`, ts, 10, { op_name, activation_size: '100', parameter_size: '20', output_size: '80' });
  return [
    event('model_run', 100, 60),
    event('SequentialExecutor::Execute', 105, 50),
    kernel('conv1/Conv', 110, 'Conv'),
    kernel('relu', 130, 'Relu'),
  ];
}
