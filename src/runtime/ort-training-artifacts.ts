import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Graph } from '../../graphs/ir/graph.ts';
import { printGraph } from '../../graphs/ir/print.ts';
import { serializeModel } from '../../graphs/ir/serialize.ts';
import { formatType, type Tensor, type TensorOf } from '../../graphs/ir/types.ts';
import type { StateTensor } from '../../graphs/programs/program.ts';
import type { Artifacts } from '../../graphs/targets/ort-training/artifacts.ts';
import { AtelierError } from '../errors.ts';
import { ensureDirectory, writeFileAtomic } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { encodeCheckpoint, type OrtCheckpoint } from './ort-training-checkpoint.ts';

/** The weights that a checkpoint is to hold, and how far they have been trained. */
export interface Weights {
  /** Parameters, buffers and optimizer state under their checkpoint names. */
  readonly state: ReadonlyMap<string, Tensor>;
  /** Steps made so far; 0 leaves the moments out, which then start at zero. */
  readonly step: number;
  readonly learningRate: number;
}

export interface ArtifactFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Of a graph; a checkpoint has none. */
  readonly nodes?: number;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
}

/** The checkpoint of these weights. Throws AtelierError where the state lacks a tensor or has it in another shape. */
export function checkpointOf({ trainable, frozen }: Artifacts, { state, step, learningRate }: Weights): OrtCheckpoint {
  const pick = (name: string, spec: StateTensor): TensorOf<'float32'> => {
    const tensor = state.get(name);
    if (tensor?.dtype === 'float32' && formatType(tensor) === formatType(spec)) return tensor;
    const found = tensor ? formatType(tensor) : 'nothing';
    throw new AtelierError(
      `the weights do not fit the model: '${name}' must be ${formatType(spec)}, there is ${found}. They belong to ` +
        'another model, or to a run with another optimizer.',
      { code: 'weights-mismatch' },
    );
  };
  const parameters = new Map(trainable.map((spec) => [spec.name, pick(spec.name, spec)]));
  const moments = (step === 0 ? [] : trainable).map(
    (spec) => [spec.name, [pick(spec.moments[0], spec), pick(spec.moments[1], spec)] as const] as const,
  );
  return {
    trainable: parameters,
    frozen: new Map(frozen.map((spec) => [spec.name, pick(spec.name, spec)])),
    optimizer: { step, initialLearningRate: learningRate, moments: new Map(moments) },
  };
}

/**
 * Writes training_model.onnx, eval_model.onnx, optimizer_model.onnx and checkpoint, the files that ONNX Runtime's
 * training API asks for, with a manifest.json beside them. Returns the manifest's list of files.
 *
 * @throws AtelierError where the weights do not fit or the folder cannot be written
 */
export async function writeArtifacts(
  directory: string,
  model: string,
  artifacts: Artifacts,
  weights: Weights,
  withText = false,
): Promise<readonly ArtifactFile[]> {
  const checkpoint = encodeCheckpoint(checkpointOf(artifacts, weights));
  await ensureDirectory(directory);
  const graphs: Readonly<Record<string, Graph>> = {
    training_model: artifacts.training,
    eval_model: artifacts.evaluation,
    optimizer_model: artifacts.optimizer,
  };
  const files: ArtifactFile[] = [];
  for (const [name, graph] of Object.entries(graphs)) {
    const bytes = serializeModel(graph, { docString: `Atelier ${name} of ${model}, for ONNX Runtime's training API` });
    const file = `${name}.onnx`;
    await writeFileAtomic(join(directory, file), bytes, 'the graph');
    if (withText) await writeFileAtomic(join(directory, `${name}.txt`), printGraph(graph), 'the graph as text');
    const typed = (values: Graph['inputs']) => values.map((value) => `${value.name}: ${formatType(value)}`);
    files.push({
      ...described(file, bytes),
      nodes: graph.nodes.length,
      inputs: typed(graph.inputs),
      outputs: typed(graph.outputs),
    });
  }
  await writeFileAtomic(join(directory, 'checkpoint'), checkpoint, 'the checkpoint');
  files.push(described('checkpoint', checkpoint));
  const { step, learningRate } = weights;
  await writeJsonAtomic(
    join(directory, 'manifest.json'),
    { model, target: 'ort-training', step, learningRate, files },
    'the manifest',
  );
  return files;
}

function described(file: string, bytes: Uint8Array): ArtifactFile {
  return { file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
