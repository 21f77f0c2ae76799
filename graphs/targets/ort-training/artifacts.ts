/** The three graphs of ONNX Runtime's on-device training, made from the training and the evaluation step. */
import { GraphBuilder } from '../../ir/builder.ts';
import { type Graph, type NodeOf, producers } from '../../ir/graph.ts';
import type { AttributesOf } from '../../ir/ops/index.ts';
import { removeDeadCode } from '../../ir/passes/dead-code.ts';
import { GraphError, type Value } from '../../ir/types.ts';
import { validate } from '../../ir/validate.ts';
import type { Program, StateTensor } from '../../programs/program.ts';
import { compile } from '../compile.ts';
import type { Target } from '../target.ts';
import { allOf, continued, lookUp, names } from './continued.ts';
import { ortTraining } from './index.ts';

/** A parameter with the names that its moments have in our checkpoints. */
export interface Trainable extends StateTensor {
  readonly moments: readonly [first: string, second: string];
}

/** What `TrainingSession` needs beside the checkpoint. */
export interface Artifacts {
  /** Gradients, added to the session's buffers; running statistics written in place. Outputs: loss, correct. */
  readonly training: Graph;
  /** The evaluation step, whose batch is symbolic. */
  readonly evaluation: Graph;
  /** One AdamWOptimizer over all parameters. The learning rate is the session's (1e-3 until it is set). */
  readonly optimizer: Graph;
  /** In the order of the training graph's inputs: trainable parameters, then frozen ones. */
  readonly trainable: readonly Trainable[];
  readonly frozen: readonly StateTensor[];
}

/** The target `ort-training`, but that the optimizer's nodes stay, to be cut out. */
const gradientsOnly: Target = {
  name: ortTraining.name,
  lowerings: { ...ortTraining.lowerings, AdamWOptimizer: 'native' },
};

/**
 * Splits a training step at its optimizer: what comes before is the training graph, the optimizer itself a graph of its
 * own. Both programs must be unlowered. Throws GraphError where the optimizer is neither Adam nor AdamW.
 */
export function artifactsOf(trainStep: Program, evalStep: Program): Artifacts {
  const { graph, state } = compile(trainStep, gradientsOnly);
  const parts = splitAtOptimizer(graph, state);
  const trainable = parts.map(({ trainable: tensor }) => tensor);
  // Counters have no place in a session, whose parameters are float32, and nothing in the step depends on them.
  const frozen = state.filter(({ kind, dtype }) => kind === 'buffer' && dtype === 'float32');
  const [first] = parts;
  if (!first) throw new GraphError(`${graph.name} has no parameters to train`);
  return {
    training: trainingGraph(graph, parts, frozen),
    evaluation: evaluationGraph(compile(evalStep, gradientsOnly).graph, [...trainable, ...frozen]),
    optimizer: optimizerGraph(`${graph.name}_optimizer`, first.attributes),
    trainable,
    frozen,
  };
}

interface Part {
  readonly trainable: Trainable;
  readonly parameter: Value;
  readonly gradient: Value;
  readonly attributes: AttributesOf<'AdamWOptimizer'>;
}

function splitAtOptimizer(graph: Graph, state: readonly StateTensor[]): readonly Part[] {
  const makers = producers(graph.nodes);
  const parts = state
    .filter(({ kind }) => kind === 'parameter')
    .map((tensor): Part => {
      const node = makers.get(tensor.next);
      if (node?.op !== 'AdamWOptimizer')
        throw new GraphError(
          `${graph.name}: '${tensor.name}' is updated by ${node?.op ?? 'nothing'}; ONNX Runtime's artifacts are made ` +
            'for the optimizers adam and adamw. Train with one of them.',
        );
      return partOf(node, tensor);
    });
  const settings = new Set(parts.map(({ attributes }) => JSON.stringify(attributes)));
  if (settings.size > 1) throw new GraphError(`${graph.name}: parameters differ in their optimizer's settings`);
  return parts;
}

function partOf({ name, inputs, attributes }: NodeOf<'AdamWOptimizer'>, tensor: StateTensor): Part {
  const [rate, , parameter, gradient, first, second] = inputs;
  if (!parameter || !gradient || !first || !second) throw new GraphError(`internal: ${name} lost an input`);
  if (rate?.name !== 'learning_rate' || parameter.name !== tensor.name)
    throw new GraphError(
      `'${tensor.name}' has a learning rate or a weight decay of its own; ONNX Runtime's artifacts have one for all parameters`,
    );
  return { trainable: { ...tensor, moments: [first.name, second.name] }, parameter, gradient, attributes };
}

/** Everything up to the gradients, which are added to the session's buffers. */
function trainingGraph(graph: Graph, parts: readonly Part[], frozen: readonly StateTensor[]): Graph {
  const written = frozen.map((tensor) => ({ tensor, value: lookUp(graph.outputs, tensor.next) }));
  const results = ['loss', 'correct'].map((name) => lookUp(graph.outputs, name));
  const outputs = [...results, ...parts.map(({ gradient }) => gradient), ...written.map(({ value }) => value)];
  const nodes = graph.nodes.filter(({ op }) => op !== 'AdamWOptimizer');
  const cut = removeDeadCode({ ...graph, nodes, outputs }, { unusedInputs: 'drop' });

  const state = new Set([...parts.map(({ trainable }) => trainable.name), ...frozen.map(({ name }) => name)]);
  const b = continued(cut, [
    ...cut.inputs.filter(({ name }) => !state.has(name)),
    ...parts.map(({ parameter }) => parameter),
    ...frozen,
  ]);
  const buffered = parts.map(({ trainable: { name, dtype, shape }, gradient }) => {
    return { name, gradient, buffer: b.input(names.gradientBuffer(name), dtype, shape) };
  });
  const reset = b.input(names.resetGradient, 'bool', [1]);
  for (const result of results) b.output(result.name, result);
  if (written.length > 0) {
    const done = b.op('Group', outputs, {});
    const flags = written.map(({ tensor, value }) =>
      b.within(tensor.name, () => b.op('InPlaceAccumulatorV2', [lookUp(graph.inputs, tensor.name), value, done], {})),
    );
    b.output('updated', allOf(b, flags));
  }
  for (const { name, gradient, buffer } of buffered) {
    const flag = b.within(name, () => b.op('InPlaceAccumulatorV2', [buffer, gradient, reset], {}));
    b.output(names.gradientAccumulated(name), flag);
  }
  return validate(b.finish());
}

/**
 * The evaluation step with inputs in the order in which the session gives them: the caller's, then all of its
 * parameters, those that only training needs included.
 */
export function evaluationGraph(graph: Graph, held: readonly StateTensor[]): Graph {
  const isHeld = new Set(held.map(({ name }) => name));
  const b = continued(graph, [...graph.inputs.filter(({ name }) => !isHeld.has(name)), ...held]);
  for (const output of graph.outputs) b.output(output.name, output);
  return validate(b.finish());
}

function optimizerGraph(name: string, attributes: AttributesOf<'AdamWOptimizer'>): Graph {
  const b = new GraphBuilder(name);
  const operands = [
    b.input('learning_rate', 'float32', [1]),
    b.input('step', 'int64', [1]),
    b.sequence('params', 'float32'),
    b.sequence('gradients', 'float32'),
    b.sequence('first_order_moments', 'float32'),
    b.sequence('second_order_moments', 'float32'),
  ] as const;
  b.output('updated_flag', b.op('OrtAdamWOptimizer', operands, { ...attributes, adam_mode: 0, correct_bias: 1 }));
  return validate(b.finish());
}
