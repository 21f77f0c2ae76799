/** Every reader of files, with the seeds that it takes and what a changed file may say without anything contradicting it. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserializeModel } from '../../graphs/ir/serialize.ts';
import { GraphError } from '../../graphs/ir/types.ts';
import { defaultContext, modelNames } from '../../src/context.ts';
import { parseIdx, readImages } from '../../src/data/idx.ts';
import { parseManifest } from '../../src/data/manifest.ts';
import { readVerified } from '../../src/data/verify.ts';
import { AtelierError } from '../../src/errors.ts';
import { loadRuns } from '../../src/evaluation/comparison/load-runs.ts';
import { readMetrics } from '../../src/evaluation/metrics.ts';
import type { Predictions } from '../../src/evaluation/predictions.ts';
import { readPredictions } from '../../src/evaluation/predictions-csv.ts';
import { checkSheetFolder } from '../../src/explanation/sheet-folder.ts';
import { beginExport, checkExportFolders } from '../../src/export/export-folder.ts';
import { readJson } from '../../src/files/json.ts';
import { acquireLock, isLocked, lockFileName } from '../../src/files/lock.ts';
import { parseConfigFile } from '../../src/recipe/config-file.ts';
import { recipeFor } from '../../src/recipe/defaults.ts';
import { resolveRecipe } from '../../src/recipe/resolve.ts';
import { checkReportFolder, openFigureFolder } from '../../src/report/report-folder.ts';
import { parseTrace } from '../../src/runtime/trace.ts';
import { EventFolder } from '../../src/tracking/event-folder.ts';
import { recordedValues } from '../../src/tracking/event-messages.ts';
import { wholeRecords } from '../../src/tracking/records.ts';
import { readCheckpoint, readCheckpointHead } from '../../src/training/checkpoint.ts';
import { readRunConfig } from '../../src/training/config/run-config.ts';
import { divergenceOf } from '../../src/training/divergence.ts';
import { readHistory } from '../../src/training/history.ts';
import { replayOf } from '../../src/training/replay.ts';
import { RunFolder } from '../../src/training/run-folder.ts';
import { summarizeRun } from '../../src/training/run-summary.ts';
import { readWeights } from '../../src/training/weights-file.ts';
import { gzipMutators, idxMutators, protobufMutators, safetensorsMutators } from './binaries.ts';
import type { Mutator } from './bytes.ts';
import { idxShape } from './seeds.ts';
import { silent } from './silent.ts';
import { jsonMutators, lineMutators, recordMutators, tableMutators } from './texts.ts';

export interface Reader {
  readonly name: string;
  /** The seeds in its folder, by their place there. */
  readonly files: Readonly<Record<string, string>>;
  /** The places whose files are changed, one at a time; all where nothing is said. */
  readonly changed?: readonly string[];
  /** Besides those of bytes. */
  readonly mutators: readonly Mutator[];
  /** Inputs in a case: as many as take about as long as those of other readers. */
  readonly inputs: number;
  /** Reads what is in the folder. */
  read(folder: string): Promise<unknown>;
  /** Fields that may differ from the seed's: nothing in the folder says what they are, or people edit them. */
  readonly legal: readonly RegExp[];
  /** Numbers that differ by less are the same. */
  readonly tolerance?: number;
  /** What must hold of whatever is taken, beside that: what is wrong, or undefined. */
  wrong?(taken: unknown, seed: unknown): string | undefined;
  /** What messages call the file where they do not know its path. */
  readonly namedAs?: string;
  /** Whether an error that is no AtelierError is what the reader is documented to throw. */
  documented?(error: unknown): boolean;
}

const anything = [/./];
const context = defaultContext(silent);
const origin = { run: 'run', model: 'm1', created: '', checkpoint: 'best' };

export const readers: readonly Reader[] = [
  {
    name: 'config.json',
    files: { 'config.json': 'config.json' },
    mutators: jsonMutators,
    inputs: 400,
    read: readRunConfig,
    legal: anything,
  },
  {
    name: 'config.json of version 0.1',
    files: { 'config.json': 'config-1.json' },
    mutators: jsonMutators,
    inputs: 300,
    read: readRunConfig,
    legal: anything,
  },
  {
    name: 'config.json, replayed',
    files: { 'config.json': 'config.json' },
    mutators: jsonMutators,
    inputs: 300,
    read: async (folder) => {
      const configFile = await parseConfigFile(join(folder, 'config.json'));
      const replay = await replayOf({ model: 'm1', configFile, options: {}, resume: false });
      return { recipe: recipeOf(configFile), request: replay?.request };
    },
    legal: anything,
  },
  {
    name: 'recipe',
    files: { 'recipe.json': 'recipe.json' },
    mutators: jsonMutators,
    inputs: 400,
    read: async (folder) => recipeOf(await parseConfigFile(join(folder, 'recipe.json'))),
    legal: anything,
  },
  {
    name: 'history.jsonl',
    files: { 'history.jsonl': 'history.jsonl' },
    mutators: recordMutators,
    inputs: 500,
    read: (folder) => readHistory(join(folder, 'history.jsonl')),
    legal: [/^length$/, /^\*\.(epoch$|train|validation|lr|seconds|images_per_second)/],
    wrong: (taken) =>
      Array.isArray(taken) && taken.every((record, index) => record.epoch === index + 1)
        ? undefined
        : 'epochs are missing or in another order',
  },
  {
    name: 'metrics.json',
    files: { 'metrics.json': 'metrics.json' },
    mutators: jsonMutators,
    inputs: 400,
    read: (folder) => readMetrics(join(folder, 'metrics.json')),
    legal: [/^(model|run|checkpoint|split|loss|weights)\b/, /^(classes\.\*\.name|majority\.class)$/],
    tolerance: 1e-9,
  },
  {
    name: 'metrics.json of version 0.1',
    files: { 'metrics.json': 'metrics-1.json' },
    mutators: jsonMutators,
    inputs: 400,
    read: (folder) => readMetrics(join(folder, 'metrics.json')),
    legal: [/^(model|run|checkpoint|split|loss|weights)\b/, /^(classes\.\*\.name|majority\.class)$/],
    tolerance: 1e-9,
  },
  {
    name: 'predictions.csv',
    files: { 'predictions.csv': 'predictions.csv' },
    mutators: tableMutators,
    inputs: 500,
    read: (folder) => readPredictions(join(folder, 'predictions.csv')),
    legal: anything,
  },
  {
    name: 'results of a run',
    files: {
      'config.json': 'config.json',
      'history.jsonl': 'history.jsonl',
      'evaluation/test/metrics.json': 'metrics.json',
      'evaluation/test/predictions.csv': 'predictions.csv',
    },
    changed: ['evaluation/test/metrics.json', 'evaluation/test/predictions.csv'],
    mutators: [...jsonMutators.slice(-1), ...tableMutators],
    inputs: 200,
    read: async (folder) => {
      const [run] = await loadRuns([folder], { split: 'test', checkpoint: 'best', threads: 1 }, context);
      return { metrics: run?.metrics, answers: answersOf(run?.predictions) };
    },
    legal: [/^metrics\.(model|run|split|weights)\b/, /^answers\.\*\.probabilities/],
    tolerance: 1e-5,
  },
  {
    name: 'summary of a run',
    files: { 'config.json': 'config.json', 'history.jsonl': 'history.jsonl', 'diverged.json': 'diverged.json' },
    mutators: recordMutators,
    inputs: 200,
    read: async (folder) => {
      const { bytes: _, ...summary } = await summarizeRun(folder);
      if (summary.state === 'damaged') throw new AtelierError(`${summary.problem}`, { code: 'file-damaged' });
      return summary;
    },
    legal: anything,
  },
  {
    name: 'diverged.json',
    files: { 'diverged.json': 'diverged.json' },
    mutators: jsonMutators,
    inputs: 500,
    read: (folder) => divergenceOf(new RunFolder(folder)),
    legal: anything,
  },
  {
    name: 'checkpoint',
    files: { 'last.safetensors': 'last.safetensors' },
    mutators: safetensorsMutators,
    inputs: 400,
    read: (folder) => readCheckpoint(join(folder, 'last.safetensors')),
    legal: [],
  },
  {
    name: 'head of a checkpoint',
    files: { 'last.safetensors': 'last.safetensors' },
    mutators: safetensorsMutators,
    inputs: 400,
    read: (folder) => readCheckpointHead(join(folder, 'last.safetensors')),
    legal: [],
  },
  {
    name: 'checkpoint without a hash',
    files: { 'last.safetensors': 'unchecked.safetensors' },
    mutators: safetensorsMutators,
    inputs: 400,
    read: (folder) => readCheckpoint(join(folder, 'last.safetensors')),
    legal: anything,
  },
  {
    name: 'foreign weights',
    files: { 'weights.safetensors': 'foreign.safetensors' },
    mutators: safetensorsMutators,
    inputs: 500,
    read: (folder) => readWeights(join(folder, 'weights.safetensors')),
    legal: anything,
    wrong: notFinite,
  },
  {
    name: 'weights of a checkpoint',
    files: { 'weights.safetensors': 'last.safetensors' },
    mutators: safetensorsMutators,
    inputs: 400,
    read: (folder) => readWeights(join(folder, 'weights.safetensors')),
    legal: [],
  },
  {
    name: 'weights in ONNX',
    files: { 'weights.onnx': 'weights.onnx' },
    mutators: protobufMutators,
    inputs: 300,
    read: (folder) => readWeights(join(folder, 'weights.onnx')),
    legal: anything,
    wrong: notFinite,
  },
  {
    name: 'graph in ONNX',
    files: { 'graph.onnx': 'weights.onnx' },
    mutators: protobufMutators,
    inputs: 200,
    read: async (folder) => {
      const path = join(folder, 'graph.onnx');
      return deserializeModel(await readFile(path), path);
    },
    legal: anything,
    documented: (error) => error instanceof GraphError,
  },
  {
    name: 'manifest of a data set',
    files: { 'manifest.json': 'manifest.json' },
    mutators: jsonMutators,
    inputs: 400,
    read: (folder) => readJson(join(folder, 'manifest.json'), parseManifest),
    legal: anything,
  },
  {
    name: 'data set',
    files: { images: 'images.idx' },
    mutators: idxMutators,
    inputs: 500,
    read: verifiedImages,
    legal: [],
  },
  {
    name: 'packed data set',
    files: { images: 'images.idx.gz' },
    mutators: gzipMutators,
    inputs: 300,
    read: verifiedImages,
    legal: [],
  },
  {
    name: 'IDX',
    files: { images: 'images.idx' },
    mutators: idxMutators,
    inputs: 500,
    read: async (folder) => {
      const path = join(folder, 'images');
      return parseIdx(await readFile(path), path);
    },
    legal: anything,
  },
  {
    name: 'lock',
    files: { [lockFileName]: 'lock' },
    mutators: jsonMutators,
    inputs: 100,
    read: async (folder) => {
      // A lock that is being written this instant is waited for.
      await utimes(join(folder, lockFileName), 0, 0);
      const isHeld = isLocked(folder);
      if (isHeld) return { isHeld };
      (await acquireLock(folder))();
      return { isHeld, isLeft: existsSync(join(folder, lockFileName)) };
    },
    legal: anything,
    wrong: (taken) =>
      Reflect.get(Object(taken), 'isLeft') === true ? 'a lock that was taken over is still there' : undefined,
  },
  {
    name: 'TensorBoard events',
    files: { 'events.out.tfevents.0000000001.host': 'events' },
    mutators: [],
    inputs: 300,
    read: async (folder) => {
      await EventFolder.open(folder);
      const file = await readFile(join(folder, 'events.out.tfevents.0000000001.host'));
      return [...wholeRecords(file)].flatMap(recordedValues).map(({ tag, step }) => `${step} ${tag}`);
    },
    legal: anything,
    wrong: (taken, seed) => {
      const known = Array.isArray(seed) ? seed : [];
      const made = Array.isArray(taken) ? taken.find((value) => !known.includes(value)) : undefined;
      return made === undefined ? undefined : `'${made}' was never written`;
    },
  },
  {
    name: "profiler's trace",
    files: { 'trace.json': 'trace.json' },
    mutators: jsonMutators,
    inputs: 500,
    namedAs: "the runtime's trace",
    read: async (folder) => parseTrace(await readFile(join(folder, 'trace.json'), 'utf8')),
    legal: anything,
  },
  {
    name: 'export.json',
    files: { 'deep/er/onnx/export.json': 'export.json' },
    mutators: jsonMutators,
    inputs: 100,
    read: async (folder) => {
      const out = join(folder, 'deep', 'er');
      // What stands where a name would lead that goes out of the folder.
      const others = await Promise.all(['etc/passwd', 'deep/er/other'].map((name) => canary(join(folder, name))));
      const { created } = await readJson(join(out, 'onnx', 'export.json'), (value) => Object(value)).catch(() => ({
        created: '',
      }));
      const mine = { ...origin, created: String(created) };
      const possible = await checkExportFolders(out, ['onnx'], mine, silent, undefined);
      await (await beginExport(join(out, 'onnx'), mine, []))({ files: [] });
      return { possible, whole: others.every((path) => existsSync(path)) };
    },
    legal: [],
  },
  {
    name: 'activations.json',
    files: { 'activations.json': 'activations.json' },
    mutators: jsonMutators,
    inputs: 400,
    read: async (folder) => {
      await checkSheetFolder(folder, { model: 'm1', created: '2026-01-01T00:00:00.000Z' }).catch((error) => {
        // The seed is of a run that began at another time.
        if (!String(error.message).includes('sheets of another run')) throw error;
      });
      return 'looked at';
    },
    legal: [],
  },
  {
    name: 'figures.json',
    files: { 'figures/figures.json': 'figures.json' },
    mutators: jsonMutators,
    inputs: 150,
    read: async (folder) => {
      const other = await canary(join(folder, 'other.png'));
      await checkReportFolder(folder);
      const stale = await (await openFigureFolder(folder)).finish();
      return { whole: existsSync(other), stale: stale.length };
    },
    legal: [/^stale$/],
  },
  {
    name: 'report.md of an older version',
    files: { 'report.md': 'report.md' },
    mutators: lineMutators,
    inputs: 300,
    read: async (folder) => {
      await checkReportFolder(folder);
      return 'looked at';
    },
    legal: [],
  },
];

function recipeOf(file: Awaited<ReturnType<typeof parseConfigFile>>): unknown {
  const model = { name: 'm1', dropout: [0.25] };
  return resolveRecipe({ model, base: recipeFor('m1', null), knownModels: modelNames(context) }, { file });
}

/** Its answers in one order, whatever order they stand in. Nothing in the folder says which images they are of. */
function answersOf(predictions: Predictions | undefined): readonly unknown[] {
  if (predictions === undefined) return [];
  const { classNames, labels, predicted, probabilities } = predictions;
  const answers = [...labels.keys()].map((image) => ({
    label: labels[image],
    predicted: predicted[image],
    probabilities: [...probabilities.subarray(image * classNames.length, (image + 1) * classNames.length)],
  }));
  return answers
    .map((answer) => [JSON.stringify(answer), answer] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)))
    .map(([, answer]) => answer);
}

let known: { readonly bytes: number; readonly sha256: string } | undefined;

async function verifiedImages(folder: string): Promise<unknown> {
  const path = join(folder, 'images');
  // The seed is read first.
  known ??= await digestOf(join(folder, '..', 'seeds', 'images.idx'));
  const expected = { name: 'images', shape: idxShape, ...known };
  const bytes = await readVerified({ path, expected, known: [expected], wayOut: 'Fetch it anew.' });
  return { images: readImages(bytes, path, idxShape) };
}

async function digestOf(path: string) {
  const bytes = await readFile(path);
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function canary(path: string): Promise<string> {
  if (existsSync(path)) return path;
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, 'somebody’s own');
  return path;
}

function notFinite(taken: unknown): string | undefined {
  const tensors: unknown = Reflect.get(Object(taken), 'tensors');
  if (!(tensors instanceof Map)) return 'there are no tensors';
  const bad = [...tensors].find(([, { data }]) =>
    data.some((value: unknown) => typeof value === 'number' && !Number.isFinite(value)),
  );
  return bad === undefined ? undefined : `'${bad[0]}' holds a number that is not finite`;
}
