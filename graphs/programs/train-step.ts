import { gradients } from '../autodiff/gradient.ts';
import { GraphError, staticShape, type Value } from '../ir/types.ts';
import { correctPredictions, crossEntropy } from '../nn/losses.ts';
import type { Optimizer } from '../optim/optimizer.ts';
import { type Slot, Step, stateOf } from '../optim/transformation.ts';
import type { ProgramOptions } from './preprocess.ts';
import type { Program, StateTensor } from './program.ts';
import { startForward } from './start-forward.ts';

/** What a training step depends on. */
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
 * the first step), the optimizer's settings float32[1] where there are any, and the whole state in; loss float32[] (mean
 * over the batch, before the step), correct int64[] and the next state out.
 *
 * @throws GraphError where a parameter has no influence on the loss, or a buffer is never updated
 */
export function trainStep(options: TrainStepOptions): Program {
  const { model, optimizer, batchSize: batch, normalization } = options;
  const { b, images, inputs, f, logits } = startForward(
    { name: `${model.name}_train_step`, model, batch, training: true, normalization },
    (builder) => ({
      labels: builder.input('labels', 'int64', [batch]),
      learningRate: builder.input('learning_rate', 'float32', [1]),
      step: builder.input('step', 'int64', [1]),
    }),
  );
  const loss = crossEntropy(b, logits, inputs.labels);
  const correct = correctPredictions(b, logits, inputs.labels);

  const parameters = [...f.parameters.values()];
  const gradientOf = gradients(b, loss, parameters);
  const slots = parameters.map((parameter): Slot => {
    const { name, shape } = parameter;
    const moment = (state: string) => [state, b.input(optimizerStateName(state, name), 'float32', shape)] as const;
    const update = found(gradientOf, name, 'has no gradient');
    return { name, parameter, update, state: Object.fromEntries(optimizer.state.map(moment)) };
  });
  const step = new Step(b, optimizer.name, inputs);
  const next = new Map(optimizer.update(step, slots).map((slot) => [slot.name, slot]));

  const carried = [
    ...slots.map(({ name, parameter }) => carry('parameter', parameter, found(next, name, 'is lost').parameter)),
    ...Array.from(f.buffers, ([name, buffer]) => carry('buffer', buffer, found(f.updates, name, 'is never updated'))),
    ...slots.flatMap((slot) =>
      optimizer.state.map((state) =>
        carry('optimizer', stateOf(slot, state), stateOf(found(next, slot.name, 'is lost'), state)),
      ),
    ),
  ];
  b.output('loss', loss);
  b.output('correct', correct);
  if (options.withGradients) for (const { name, update } of slots) b.output(`${name}_grad`, update);
  for (const { tensor, value } of carried) b.output(tensor.next, value);

  return {
    name: 'train_step',
    graph: b.finish(),
    inputs: [images, inputs.labels, inputs.learningRate, inputs.step, ...step.settings],
    masks: f.masks,
    state: carried.map(({ tensor }) => tensor),
    outputs: [
      { ...loss, name: 'loss' },
      { ...correct, name: 'correct' },
    ],
  };
}

/** A tensor that goes from step to step, and what this step makes of it. */
interface Carried {
  readonly tensor: StateTensor;
  readonly value: Value;
}

function carry(kind: StateTensor['kind'], { name, dtype, shape }: Value, value: Value): Carried {
  return { tensor: { name, next: `${name}.next`, kind, dtype, shape: staticShape(shape, name) }, value };
}

function found<T>(values: ReadonlyMap<string, T>, name: string, otherwise: string): T {
  const value = values.get(name);
  if (!value) throw new GraphError(`internal: '${name}' ${otherwise}`);
  return value;
}
