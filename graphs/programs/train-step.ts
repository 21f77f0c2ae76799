import { gradients } from '../autodiff/gradient.ts';
import { GraphBuilder } from '../ir/builder.ts';
import { GraphError, staticShape, type Value } from '../ir/types.ts';
import { Forward } from '../nn/forward.ts';
import { correctPredictions, crossEntropy } from '../nn/losses.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { imagesInput, normalize, type ProgramOptions } from './preprocess.ts';
import type { Program, StateTensor } from './program.ts';

export interface TrainStepOptions extends ProgramOptions {
  readonly optimizer: Optimizer;
  /** Number of images in a step; every shape follows from it. */
  readonly batchSize: number;
  /** Also return each parameter's gradient as output `<parameter>_grad` (tests and inspection). */
  readonly withGradients?: boolean;
}

/** The name of one optimizer state tensor: `optimizer.exp_avg.conv1.weight`. */
export function optimizerStateName(state: string, parameter: string): string {
  return `optimizer.${state}.${parameter}`;
}

/**
 * One training step: images uint8[N,…], labels int64[N], dropout masks, learning_rate float32[1], step int64[1] (1 in
 * the first step) and the whole state in; loss float32[] (mean over the batch, before the step), correct int64[] and
 * the next state out.
 */
export function trainStep(options: TrainStepOptions): Program {
  const { model, optimizer, batchSize } = options;
  const b = new GraphBuilder(`${model.name}_train_step`);
  const images = imagesInput(b, model, batchSize);
  const labels = b.input('labels', 'int64', [batchSize]);
  const learningRate = b.input('learning_rate', 'float32', [1]);
  const step = b.input('step', 'int64', [1]);
  const inputs = [images, labels, learningRate, step];

  const f = new Forward(b, true);
  const logits = model.network.forward(f, normalize(b, images, options.normalization));
  const loss = crossEntropy(b, logits, labels);
  const correct = correctPredictions(b, logits, labels);
  b.output('loss', loss);
  b.output('correct', correct);

  const state: StateTensor[] = [];
  const carry = (kind: StateTensor['kind'], value: Value, next: Value) => {
    const tensor: StateTensor = {
      name: value.name,
      next: `${value.name}.next`,
      kind,
      dtype: value.dtype,
      shape: staticShape(value.shape, value.name),
    };
    state.push(tensor);
    b.output(tensor.next, next);
  };

  const parameters = [...f.parameters.values()];
  const gradientOf = gradients(b, loss, parameters);
  const optimizerState: (() => void)[] = [];
  for (const parameter of parameters) {
    const gradient = gradientOf.get(parameter.name);
    if (!gradient) throw new GraphError(`internal: no gradient for '${parameter.name}'`);
    if (options.withGradients) b.output(`${parameter.name}_grad`, gradient);
    const states = optimizer.state.map((name) =>
      b.input(optimizerStateName(name, parameter.name), 'float32', parameter.shape),
    );
    const next = b.within(`${parameter.name}/${optimizer.name}`, () =>
      optimizer.update(b, { parameter, gradient, state: states, learningRate, step }),
    );
    carry('parameter', parameter, next.parameter);
    optimizerState.push(() => {
      states.forEach((value, i) => {
        const nextValue = next.state[i];
        if (!nextValue) throw new GraphError(`internal: ${optimizer.name} returned too little state`);
        carry('optimizer', value, nextValue);
      });
    });
  }
  for (const [name, buffer] of f.buffers) {
    const next = f.updates.get(name);
    if (!next) throw new GraphError(`internal: buffer '${name}' is never updated`);
    carry('buffer', buffer, next);
  }
  for (const add of optimizerState) add();

  return { name: 'train_step', graph: b.finish(), inputs, masks: f.masks, state, outputs: [loss, correct].map(rename) };

  function rename(value: Value): Value {
    return { ...value, name: value === loss ? 'loss' : 'correct' };
  }
}
