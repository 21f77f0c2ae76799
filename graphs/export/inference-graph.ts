/** The graph that leaves the project: the one forward of a model with its trained weights as constants. */
import type { Graph } from '../ir/graph.ts';
import { bindInputs } from '../ir/passes/bind.ts';
import { removeDeadCode } from '../ir/passes/dead-code.ts';
import { removeIdentities } from '../ir/passes/identity.ts';
import { runPasses } from '../ir/passes/run.ts';
import { GraphError, type Tensor } from '../ir/types.ts';
import type { ProgramOptions } from '../programs/preprocess.ts';
import { startForward } from '../programs/start-forward.ts';
import { distinctTaps } from './distinct-layers.ts';

/** What an exported model takes: raw pixels, or pixels that the caller has normalised: `input` of {@link inferenceGraph}. */
export const inputForms = ['bytes', 'normalized'] as const;
/** One of {@link inputForms}. */
export type InputForm = (typeof inputForms)[number];

/** What an exported model returns: `output` of {@link inferenceGraph}. */
export const outputForms = ['logits', 'probabilities', 'both'] as const;
/** One of {@link outputForms}. */
export type OutputForm = (typeof outputForms)[number];

/** What goes into an exported model and comes out. */
export interface ExportForm {
  readonly input: InputForm;
  readonly output: OutputForm;
  /** Also return the activations of each layer (`distinctLayers`), under the layer's name. */
  readonly layers?: boolean;
}

/** Parts of an exported graph around the network itself, as scopes of its nodes' names. */
export const surroundings = { normalize: 'normalize', probabilities: 'probabilities' } as const;

/**
 * A trained model as one graph. `images` is uint8[batch,channels,height,width] or, normalised by the caller, float32 of that shape;
 * outputs are `logits` and `probabilities`, float32[batch,classes], and layers, as the form says. Constants carry the names of the
 * state (`conv1.weight`).
 *
 * @param state parameters and buffers by name; what the graph has no use for (counters) is left out
 * @throws GraphError where a tensor is missing or of another type, with a line for each
 */
export function inferenceGraph(
  { model, normalization }: ProgramOptions,
  state: ReadonlyMap<string, Tensor>,
  form: ExportForm,
): Graph {
  const { b, f, logits } = startForward(form.input === 'bytes' ? { model, normalization } : { model });
  if (form.output !== 'probabilities') b.output('logits', logits);
  if (form.output !== 'logits') {
    const softmax = () => b.op('Softmax', [logits], { axis: 1 });
    b.output('probabilities', b.within(surroundings.probabilities, softmax));
  }
  if (form.layers === true)
    for (const { names, value } of distinctTaps(f)) if (value !== logits) b.output(names[0], value);
  const graph = b.finish();
  const wanted = [...f.parameters.keys(), ...f.buffers.keys()];
  const missing = wanted.filter((name) => !state.has(name));
  if (missing.length > 0)
    throw new GraphError(`the weights lack what model ${model.name} needs: ${missing.join(', ')}`);
  const tensors = wanted.flatMap((name) => {
    const tensor = state.get(name);
    return tensor ? [[name, tensor] as const] : [];
  });
  return runPasses(bindInputs(graph, new Map(tensors)), [removeIdentities, removeDeadCode]);
}
