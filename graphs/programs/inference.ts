/** Programs that read a trained state and change nothing. Their batch is symbolic, so that one graph serves all sizes. */
import { GraphError, staticShape, type Value } from '../ir/types.ts';
import { correctPredictions, crossEntropy } from '../nn/losses.ts';
import type { ProgramOptions } from './preprocess.ts';
import type { Program, ProgramName, StateTensor } from './program.ts';
import { type StartedForward, startForward, symbolicBatch } from './start-forward.ts';

type Outputs = Readonly<Record<string, Value>>;

/** A started forward as a program that returns the outputs under their names. */
function inference(
  name: ProgramName,
  start: StartedForward<unknown>,
  inputs: readonly Value[],
  results: Outputs,
): Program {
  const { b, f } = start;
  const outputs = Object.entries(results);
  for (const [output, value] of outputs) b.output(output, value);
  return {
    name,
    graph: b.finish(),
    inputs,
    masks: [],
    state: [...readOnly('parameter', f.parameters.values()), ...readOnly('buffer', f.buffers.values())],
    outputs: outputs.map(([output, value]) => ({ ...value, name: output })),
  };
}

function readOnly(kind: StateTensor['kind'], values: Iterable<Value>): readonly StateTensor[] {
  return Array.from(values, ({ name, dtype, shape }) => ({
    name,
    next: '',
    kind,
    dtype,
    shape: staticShape(shape, name),
  }));
}

/** images and labels int64[batch] in; loss float32[] (mean over the batch) and correct int64[] out. */
export function evalStep(options: ProgramOptions): Program {
  const start = startForward({ ...options, name: `${options.model.name}_eval_step` }, (b) =>
    b.input('labels', 'int64', [symbolicBatch]),
  );
  const { b, images, inputs: labels, logits } = start;
  return inference('eval_step', start, [images, labels], {
    loss: crossEntropy(b, logits, labels),
    correct: correctPredictions(b, logits, labels),
  });
}

/** images in; logits and probabilities float32[batch,classes] out. */
export function predict(options: ProgramOptions): Program {
  const start = startForward({ ...options, name: `${options.model.name}_predict` });
  const { b, images, logits } = start;
  const probabilities = b.within('probabilities', () => b.op('Softmax', [logits], { axis: 1 }));
  return inference('predict', start, [images], { logits, probabilities });
}

/** Every name that `inspect` can return, in the order of the forward pass. */
export function tapNames({ model }: Pick<ProgramOptions, 'model'>): readonly string[] {
  return [...startForward({ model }).f.inspectable.keys()];
}

/** images in; logits and the named taps out. Throws GraphError, with the taps there are, for one that does not exist. */
export function inspect(options: ProgramOptions, taps: readonly string[]): Program {
  const start = startForward({ ...options, name: `${options.model.name}_inspect` });
  const { f, images, logits } = start;
  const { inspectable } = f;
  const tapped = taps.map((name) => {
    const value = inspectable.get(name);
    if (value) return [name, value] as const;
    throw new GraphError(
      `model ${options.model.name} has no layer '${name}'; it has: ${[...inspectable.keys()].join(', ')}`,
    );
  });
  return inference('inspect', start, [images], { logits, ...Object.fromEntries(tapped) });
}
