/** Programs that read a trained state and change nothing. Their batch is symbolic, so that one graph serves all sizes. */
import { GraphBuilder } from '../ir/builder.ts';
import { GraphError, staticShape, type Value } from '../ir/types.ts';
import { Forward } from '../nn/forward.ts';
import { correctPredictions, crossEntropy } from '../nn/losses.ts';
import { imagesInput, normalize, type ProgramOptions } from './preprocess.ts';
import type { Program, ProgramName, StateTensor } from './program.ts';

export const symbolicBatch = 'batch';

type Outputs = Readonly<Record<string, Value>>;

/** The one forward in evaluation mode; `finish` decides what becomes of its logits. */
function inference(
  name: ProgramName,
  { model, normalization }: ProgramOptions,
  extraInputs: (b: GraphBuilder) => readonly Value[],
  finish: (b: GraphBuilder, logits: Value, f: Forward, extra: readonly Value[]) => Outputs,
): Program {
  const b = new GraphBuilder(`${model.name}_${name}`);
  const images = imagesInput(b, model, symbolicBatch);
  const extra = extraInputs(b);
  const f = new Forward(b, false);
  const logits = model.network.forward(f, normalize(b, images, normalization));
  const outputs = Object.entries(finish(b, logits, f, extra));
  for (const [output, value] of outputs) b.output(output, value);
  const stateOf = (kind: StateTensor['kind'], values: Iterable<Value>) =>
    [...values].map(
      (value): StateTensor => ({
        name: value.name,
        next: '',
        kind,
        dtype: value.dtype,
        shape: staticShape(value.shape, value.name),
      }),
    );
  return {
    name,
    graph: b.finish(),
    inputs: [images, ...extra],
    masks: [],
    state: [...stateOf('parameter', f.parameters.values()), ...stateOf('buffer', f.buffers.values())],
    outputs: outputs.map(([output, value]) => ({ ...value, name: output })),
  };
}

/** images and labels int64[batch] in; loss float32[] (mean over the batch) and correct int64[] out. */
export function evalStep(options: ProgramOptions): Program {
  return inference(
    'eval_step',
    options,
    (b) => [b.input('labels', 'int64', [symbolicBatch])],
    (b, logits, _, [labels]) => {
      if (!labels) throw new GraphError('internal: eval_step lost its labels');
      return { loss: crossEntropy(b, logits, labels), correct: correctPredictions(b, logits, labels) };
    },
  );
}

/** images in; logits and probabilities float32[batch,classes] out. */
export function predict(options: ProgramOptions): Program {
  return inference(
    'predict',
    options,
    () => [],
    (b, logits) => ({
      logits,
      probabilities: b.within('probabilities', () => b.op('Softmax', [logits], { axis: 1 })),
    }),
  );
}

/** Every name that `inspect` can return, in the order of the forward pass. */
export function tapNames({ model }: Pick<ProgramOptions, 'model'>): readonly string[] {
  const b = new GraphBuilder(model.name);
  const f = new Forward(b, false);
  const { channels, height, width } = model.input;
  model.network.forward(f, b.input('images', 'float32', [symbolicBatch, channels, height, width]));
  return [...f.taps.keys()];
}

/** images in; logits and the named taps out. Throws GraphError, with the taps there are, for one that does not exist. */
export function inspect(options: ProgramOptions, taps: readonly string[]): Program {
  return inference(
    'inspect',
    options,
    () => [],
    (_, logits, f) => {
      const outputs: Record<string, Value> = { logits };
      for (const name of taps) {
        const value = f.taps.get(name);
        if (!value)
          throw new GraphError(
            `model ${options.model.name} has no layer '${name}'; it has: ${[...f.taps.keys()].join(', ')}`,
          );
        outputs[name] = value;
      }
      return outputs;
    },
  );
}
