/** The graphs of ONNX Runtime's training API: what they are made of, and in which order their inputs stand. */
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import type { Graph } from '../../../graphs/ir/graph.ts';
import { definitionOf, onnxTypeOf } from '../../../graphs/ir/ops/index.ts';
import { printGraph } from '../../../graphs/ir/print.ts';
import { deserializeModel, serializeModel } from '../../../graphs/ir/serialize.ts';
import { optimizerOf } from '../../../graphs/optim/from-recipe.ts';
import { adamw as adamWith, type Optimizer } from '../../../graphs/optim/optimizer.ts';
import type { OptimizerRecipe } from '../../../graphs/optim/optimizer-recipe.ts';
import { evalStep } from '../../../graphs/programs/inference.ts';
import { trainStep } from '../../../graphs/programs/train-step.ts';
import { compile } from '../../../graphs/targets/compile.ts';
import { type Artifacts, artifactsOf } from '../../../graphs/targets/ort-training/artifacts.ts';
import { ortTraining } from '../../../graphs/targets/ort-training/index.ts';
import { lower } from '../../../graphs/targets/target.ts';
import { entryOf, type ModelName, modelNames } from '../../models.ts';

const adamw: OptimizerRecipe = { name: 'adamw', lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0.01 };
const sgd: OptimizerRecipe = { name: 'sgd', lr: 1e-2, momentum: 0.9, weightDecay: 0 };

function programs(name: ModelName, optimizer: OptimizerRecipe) {
  const { build, recipe, normalization } = entryOf(name);
  const options = { model: build(recipe.dropout), normalization };
  return [trainStep({ ...options, optimizer: optimizerOf(optimizer), batchSize: 2 }), evalStep(options)] as const;
}

function operatorsOf({ nodes }: Graph): ReadonlySet<string> {
  return new Set(nodes.map(({ op }) => `${definitionOf(op).domain}.${onnxTypeOf(op)}`));
}

const namesOf = (values: Graph['inputs']) => values.map(({ name }) => name);

describe.each(modelNames)('artifacts of %s', (name) => {
  const { recipe } = entryOf(name);
  const artifacts: Artifacts = artifactsOf(...programs(name, recipe.optimizer));
  const { training, evaluation, optimizer, trainable, frozen } = artifacts;
  const parameters = namesOf(trainable.map((tensor) => tensor));
  const held = [...parameters, ...frozen.map((tensor) => tensor.name)];

  it('uses the kernels of the training build and none of our own operators', () => {
    const used = operatorsOf(training);
    const expected = ['ConvGrad', 'ReluGrad', 'DropoutGrad', 'SoftmaxCrossEntropyLossGrad', 'InPlaceAccumulatorV2'];
    for (const type of expected) expect(used).toContain(`com.microsoft.${type}`);
    for (const type of ['MaxPoolGrad', 'SoftmaxCrossEntropyLoss']) expect(used).toContain(`.${type}`);
    for (const graph of [training, evaluation, optimizer])
      expect([...operatorsOf(graph)].filter((type) => type.startsWith('ai.atelier'))).toEqual([]);
  });

  it('orders inputs as the session does', () => {
    const masks = recipe.dropout.length;
    expect(namesOf(training.inputs).slice(0, 2)).toEqual(['images', 'labels']);
    expect(
      namesOf(training.inputs)
        .slice(2, 2 + masks)
        .every((mask) => mask.endsWith('.mask')),
    ).toBe(true);
    expect(namesOf(training.inputs).slice(2 + masks)).toEqual([
      ...held,
      ...parameters.map((parameter) => `${parameter}_grad.accumulation.buffer`),
      'lazy_reset_grad',
    ]);
    expect(namesOf(evaluation.inputs)).toEqual(['images', 'labels', ...held]);
    expect(evaluation.inputs[0]?.shape[0]).toBe('batch');
  });

  it('has the loss first, then what was counted, and a flag for each gradient', () => {
    expect(namesOf(training.outputs)).toEqual([
      'loss',
      'correct',
      ...(frozen.length > 0 ? ['updated'] : []),
      ...parameters.map((parameter) => `${parameter}_grad.accumulation.out`),
    ]);
    expect(namesOf(evaluation.outputs)).toEqual(['loss', 'correct']);
  });

  it('holds running statistics, but no counters', () => {
    expect(frozen.map((tensor) => tensor.name.replace(/.*\./, ''))).toEqual(
      name === 'm1' ? [] : Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 'running_mean' : 'running_var')),
    );
  });

  it.each(Object.entries({ training, evaluation, optimizer }))('survives the way to ONNX and back: %s', (_, graph) => {
    expect(printGraph(deserializeModel(serializeModel(graph)).graph)).toBe(printGraph(graph));
  });
});

it('makes one optimizer of the settings of all', () => {
  expect(printGraph(artifactsOf(...programs('m1', adamw)).optimizer)).toMatchInlineSnapshot(`
    "graph m1_train_step_optimizer
      input float32[1] %learning_rate
      input int64[1] %step
      input seq(float32) %params
      input seq(float32) %gradients
      input seq(float32) %first_order_moments
      input seq(float32) %second_order_moments
      output bool[1] %updated_flag
      OrtAdamWOptimizer: bool[1] %updated_flag = OrtAdamWOptimizer(%learning_rate, %step, %params, %gradients, %first_order_moments, %second_order_moments) adam_mode=0 alpha=0.9 beta=0.999 correct_bias=1 epsilon=1e-8 weight_decay=0.01"
  `);
});

it('names the way out where the optimizer is no Adam', () => {
  expect(() => artifactsOf(...programs('m1', sgd))).toThrow(
    "m1_train_step: 'conv1.weight' is updated by Sub; ONNX Runtime's artifacts are made for the optimizers adam and adamw.",
  );
});

describe('artifacts of a model whose parameters are not all treated alike', () => {
  const { build, normalization } = entryOf('m1');
  const options = { model: build([]), normalization };
  const of = (optimizer: Optimizer) =>
    artifactsOf(trainStep({ ...options, optimizer, batchSize: 2 }), evalStep(options));
  const isBias = (name: string) => name.endsWith('.bias');
  const own =
    "'conv1.bias' has a learning rate or a weight decay of its own; ONNX Runtime's artifacts have one for all parameters";

  it('are refused, by the first parameter that differs', () => {
    expect(() => of(adamWith({ groups: [{ includes: isBias, rate: 0.5 }] }))).toThrow(own);
    expect(() => of(adamWith({ groups: [{ includes: isBias, weightDecay: { input: 'decay' } }] }))).toThrow(own);
    expect(() => of(adamWith({ decays: (name) => !isBias(name) }))).toThrow(
      "m1_train_step: parameters differ in their optimizer's settings",
    );
  });

  it('clip gradients in the training graph, as it is where they all are', () => {
    const { training, optimizer } = of(adamWith({ maxNorm: 1 }));
    expect(training.nodes.filter(({ op }) => op === 'HardSigmoid')).toHaveLength(1);
    expect(printGraph(optimizer)).toBe(printGraph(of(adamWith()).optimizer));
  });
});

describe('the step that updates itself', () => {
  const { graph, state } = compile(programs('m2', sgd)[0], ortTraining);

  it('writes float32 state in place and hands counters on', () => {
    expect(new Set(state.filter(({ next }) => next !== '').map(({ dtype }) => dtype))).toEqual(new Set(['int64']));
    expect(state.filter(({ next }) => next === '').every(({ dtype }) => dtype === 'float32')).toBe(true);
    const written = graph.nodes.filter(({ op }) => op === 'InPlaceAccumulatorV2').map(({ inputs }) => inputs[0]?.name);
    expect(written).toEqual(state.filter(({ next }) => next === '').map(({ name }) => name));
  });

  it('writes after everything else has been computed', () => {
    const first = graph.nodes.findIndex(({ op }) => op === 'InPlaceAccumulatorV2');
    const barrier = graph.nodes[first - 1];
    expect(barrier?.op).toBe('Group');
    for (const { name } of state)
      expect(namesOf(barrier?.inputs.filter((input) => input !== null) ?? [])).toContain(`${name}.next`);
  });
});

it('computes the gradient of a pool whose windows leave a rest by standard operators', () => {
  const b = new GraphBuilder('net');
  const attributes = { kernel_shape: [2, 2], strides: [2, 2] };
  const x = b.input('x', 'float32', [1, 1, 5, 5]);
  const [, indices] = b.multi('MaxPool', [x], attributes);
  const dY = b.input('dY', 'float32', [1, 1, 2, 2]);
  b.output(
    'dX',
    b.within('pool', () => b.op('MaxPoolGrad', [dY, indices], { ...attributes, input_shape: [1, 1, 5, 5] })),
  );
  const found = lower(b.finish(), ortTraining).nodes.map(({ op }) => op);
  expect(found).toContain('ConvTranspose');
  expect(found).not.toContain('OrtMaxPoolGrad');
});
