import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { printGraph } from '../../graphs/ir/print.ts';
import { serializeModel } from '../../graphs/ir/serialize.ts';
import type { Model } from '../../graphs/models/model.ts';
import { optimizerOf } from '../../graphs/optim/from-recipe.ts';
import type { OptimizerRecipe } from '../../graphs/optim/optimizer-recipe.ts';
import { evalStep, inspect, predict } from '../../graphs/programs/inference.ts';
import type { Normalization } from '../../graphs/programs/preprocess.ts';
import type { Program } from '../../graphs/programs/program.ts';
import { trainStep } from '../../graphs/programs/train-step.ts';
import { compile, type TargetName, targets } from '../../graphs/targets/compile.ts';
import { type Artifacts, artifactsOf } from '../../graphs/targets/ort-training/artifacts.ts';
import { ensureDirectory, writeFileAtomic } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/json.ts';

/** The compiled programs of one model under one recipe, for one target. */
export interface ProgramSet {
  readonly model: Model;
  readonly target: TargetName;
  trainStep(batchSize: number): Program;
  evalStep(): Program;
  predict(): Program;
  inspect(taps: readonly string[]): Program;
  /** The graphs of ONNX Runtime's on-device training, whatever the target. */
  artifacts(batchSize: number): Artifacts;
}

/** All programs of a model; each is built once, when it is first asked for. */
export function programsOf(
  model: Model,
  recipe: { readonly normalization: Normalization; readonly optimizer: OptimizerRecipe },
  target: TargetName,
): ProgramSet {
  const options = { model, normalization: recipe.normalization };
  const optimizer = optimizerOf(recipe.optimizer);
  const lowered = (program: Program) => compile(program, targets[target]);
  const built = new Map<string, Program>();
  const once = (key: string, build: () => Program) => {
    const program = built.get(key) ?? lowered(build());
    built.set(key, program);
    return program;
  };
  return {
    model,
    target,
    trainStep: (batchSize) => once(`train ${batchSize}`, () => trainStep({ ...options, optimizer, batchSize })),
    evalStep: () => once('eval', () => evalStep(options)),
    predict: () => once('predict', () => predict(options)),
    inspect: (taps) => lowered(inspect(options, taps)),
    artifacts: (batchSize) => artifactsOf(trainStep({ ...options, optimizer, batchSize }), evalStep(options)),
  };
}

/** What manifest.json says of each graph file. */
export interface GraphFile {
  readonly file: string;
  readonly program: Program['name'];
  readonly nodes: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly inputs: readonly string[];
  readonly masks: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * Writes programs as ONNX files with a manifest.json beside them: inputs, outputs, state and checksums. `names` are the
 * file names without extension. Returns the manifest.
 *
 * @throws AtelierError where the folder cannot be written
 */
export async function writePrograms(
  directory: string,
  { model, target }: ProgramSet,
  programs: Readonly<Record<string, Program>>,
  withText = false,
): Promise<{ readonly model: string; readonly target: string; readonly graphs: readonly GraphFile[] }> {
  await ensureDirectory(directory);
  const graphs: GraphFile[] = [];
  const states: Record<string, unknown> = {};
  for (const [name, program] of Object.entries(programs)) {
    const bytes = serializeModel(program.graph, {
      docString: `Atelier ${program.name} of ${model.name}, target ${target}`,
    });
    const file = `${name}.onnx`;
    await writeFileAtomic(join(directory, file), bytes, 'the graph');
    if (withText) await writeFileAtomic(join(directory, `${name}.txt`), printGraph(program.graph), 'the graph as text');
    const typed = ({ name: port, dtype, shape }: { name: string; dtype: string; shape: readonly unknown[] }) =>
      `${port}: ${dtype}[${shape.join(',')}]`;
    graphs.push({
      file,
      program: program.name,
      nodes: program.graph.nodes.length,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      inputs: program.inputs.map(typed),
      masks: program.masks.map((mask) => typed({ ...mask, dtype: 'bool' })),
      outputs: program.outputs.map(typed),
    });
    states[name] = program.state.map(({ kind, next, ...tensor }) => ({
      kind,
      tensor: typed(tensor),
      ...(next === '' ? {} : { next }),
    }));
  }
  const manifest = { model: model.name, target, graphs };
  await writeJsonAtomic(join(directory, 'manifest.json'), { ...manifest, state: states }, 'the manifest');
  return manifest;
}
