/** The programs that are derived from a model's one forward function. */
import { describe, expect, it } from 'vitest';
import { definitionOf } from '../../../graphs/ir/ops/index.ts';
import { printGraph } from '../../../graphs/ir/print.ts';
import { deserializeModel, serializeModel } from '../../../graphs/ir/serialize.ts';
import { formatType } from '../../../graphs/ir/types.ts';
import { optimizerOf } from '../../../graphs/optim/from-recipe.ts';
import { adamw } from '../../../graphs/optim/optimizer.ts';
import { evalStep, inspect, predict } from '../../../graphs/programs/inference.ts';
import type { Program } from '../../../graphs/programs/program.ts';
import { trainStep } from '../../../graphs/programs/train-step.ts';
import { inStep, unroll } from '../../../graphs/programs/unroll.ts';
import { compile, type TargetName, targets } from '../../../graphs/targets/compile.ts';
import { Session } from '../../../src/runtime/session.ts';
import { entryOf, type ModelName, modelNames } from '../../models.ts';
import { processorTargets } from '../processor-targets.ts';

function programs(name: ModelName, batchSize = 4): readonly Program[] {
  const { build, recipe, normalization } = entryOf(name);
  const options = { model: build(recipe.dropout), normalization };
  return [
    trainStep({ ...options, optimizer: optimizerOf(recipe.optimizer), batchSize }),
    evalStep(options),
    predict(options),
    inspect(options, options.model.figureLayers),
  ];
}
const all = modelNames.flatMap((name) => programs(name).map((program) => ({ name, program })));
const programOf = (name: ModelName, kind: Program['name']): Program => {
  const found = all.find((entry) => entry.name === name && entry.program.name === kind);
  if (!found) throw new Error(`no ${kind}`);
  return found.program;
};

it('predict of m1, as text', () => {
  expect(printGraph(compile(programOf('m1', 'predict'), targets.portable).graph)).toMatchInlineSnapshot(`
    "graph m1_predict
      input uint8[batch,1,28,28] %images
      input float32[32,1,3,3] %conv1.weight
      input float32[32] %conv1.bias
      input float32[64,32,3,3] %conv2.weight
      input float32[64] %conv2.bias
      input float32[128,9216] %fc1.weight
      input float32[128] %fc1.bias
      input float32[10,128] %fc2.weight
      input float32[10] %fc2.bias
      output float32[batch,10] %logits
      output float32[batch,10] %probabilities
      constant float32[] %255:float32 = 255
      constant float32[] %0.286:float32 = 0.286
      constant float32[] %0.353:float32 = 0.353
      normalize/Cast: float32[batch,1,28,28] %normalize/Cast_output = Cast(%images) to=1
      normalize/Div: float32[batch,1,28,28] %normalize/Div_output = Div(%normalize/Cast_output, %255:float32)
      normalize/Sub: float32[batch,1,28,28] %normalize/Sub_output = Sub(%normalize/Div_output, %0.286:float32)
      normalize/Div_1: float32[batch,1,28,28] %normalize/Div_1_output = Div(%normalize/Sub_output, %0.353:float32)
      conv1/Conv: float32[batch,32,26,26] %conv1/Conv_output = Conv(%normalize/Div_1_output, %conv1.weight, %conv1.bias) dilations=[1,1] group=1 kernel_shape=[3,3] pads=[0,0,0,0] strides=[1,1]
      relu1/Relu: float32[batch,32,26,26] %relu1/Relu_output = Relu(%conv1/Conv_output)
      conv2/Conv: float32[batch,64,24,24] %conv2/Conv_output = Conv(%relu1/Relu_output, %conv2.weight, %conv2.bias) dilations=[1,1] group=1 kernel_shape=[3,3] pads=[0,0,0,0] strides=[1,1]
      relu2/Relu: float32[batch,64,24,24] %relu2/Relu_output = Relu(%conv2/Conv_output)
      pool/MaxPool: float32[batch,64,12,12] %pool/MaxPool.0_output, _ = MaxPool(%relu2/Relu_output) kernel_shape=[2,2] pads=[0,0,0,0] strides=[2,2]
      flatten/Flatten: float32[batch,9216] %flatten/Flatten_output = Flatten(%pool/MaxPool.0_output) axis=1
      fc1/Gemm: float32[batch,128] %fc1/Gemm_output = Gemm(%flatten/Flatten_output, %fc1.weight, %fc1.bias) transB=1
      relu3/Relu: float32[batch,128] %relu3/Relu_output = Relu(%fc1/Gemm_output)
      fc2/Gemm: float32[batch,10] %logits = Gemm(%relu3/Relu_output, %fc2.weight, %fc2.bias) transB=1
      probabilities/Softmax: float32[batch,10] %probabilities = Softmax(%logits) axis=1"
  `);
});

/** Only the training step has a batch that can be laid out in blocks: of 16 images here. */
const blocked = modelNames.flatMap((name) =>
  programs(name, 16)
    .slice(0, 1)
    .flatMap((program) => (['cpu-nchwc8', 'cpu-nchwc16'] as const).map((target) => ({ name, program, target }))),
);
const lowered: readonly { readonly name: ModelName; readonly program: Program; readonly target: TargetName }[] = [
  ...all.map((entry) => ({ ...entry, target: 'portable' as const })),
  ...blocked,
];

describe.each(lowered)('$program.name of $name in $target', ({ program, target }) => {
  const compiled = compile(program, targets[target]);
  const { graph } = compiled;

  it('says truly what its graph takes and gives', () => {
    const described = [
      ...program.inputs,
      ...program.state,
      ...program.masks.map((mask) => ({ ...mask, dtype: 'bool' as const })),
    ].map((port) => `${port.name} ${formatType(port)}`);
    expect(graph.inputs.map((value) => `${value.name} ${formatType(value)}`).sort()).toEqual(described.sort());
    const training = program.name === 'train_step';
    const results = [
      ...program.outputs,
      ...(training ? program.state.map((tensor) => ({ ...tensor, name: tensor.next })) : []),
    ].map((port) => `${port.name} ${formatType(port)}`);
    expect(graph.outputs.map((value) => `${value.name} ${formatType(value)}`).sort()).toEqual(results.sort());
    expect(program.state.every(({ next }) => (next !== '') === training)).toBe(true);
  });

  it('survives a file, and compiles to the same bytes again', () => {
    const bytes = serializeModel(graph);
    expect(printGraph(deserializeModel(bytes).graph)).toBe(printGraph(graph));
    // Megabytes: comparing them element by element takes seconds.
    expect(Buffer.compare(serializeModel(compile(program, targets[target]).graph), bytes)).toBe(0);
  });

  it.skipIf(!processorTargets.includes(target))('is accepted by onnxruntime', async () => {
    const session = await Session.create(graph, { device: 'cpu', threads: 1, layout: target === 'portable' });
    await session.release();
  });
});

describe('train_step', () => {
  it('of m2 carries parameters, then buffers, then moments, under the names of checkpoints', () => {
    const { state, masks } = programOf('m2', 'train_step');
    const names = (kind: string) => state.filter((tensor) => tensor.kind === kind).map(({ name }) => name);
    expect(state.map(({ kind }) => kind)).toEqual([
      ...Array(22).fill('parameter'),
      ...Array(18).fill('buffer'),
      ...Array(44).fill('optimizer'),
    ]);
    expect(names('parameter').slice(0, 4)).toEqual([
      'stages.0.0.weight',
      'stages.0.1.weight',
      'stages.0.1.bias',
      'stages.0.3.weight',
    ]);
    expect(names('buffer').slice(0, 3)).toEqual([
      'stages.0.1.running_mean',
      'stages.0.1.running_var',
      'stages.0.1.num_batches_tracked',
    ]);
    expect(names('optimizer').slice(-2)).toEqual(['optimizer.exp_avg.fc2.bias', 'optimizer.exp_avg_sq.fc2.bias']);
    expect(state.every(({ name, next }) => next === `${name}.next`)).toBe(true);
    expect(masks).toEqual([
      { name: 'stages.0.7.mask', shape: [4, 32, 14, 14], ratio: 0.05 },
      { name: 'stages.1.7.mask', shape: [4, 64, 7, 7], ratio: 0.1 },
      { name: 'stages.2.6.mask', shape: [4, 128, 7, 7], ratio: 0.15 },
      { name: 'dropout.mask', shape: [4, 128], ratio: 0.2 },
    ]);
  });

  it('holds no training operator once it is compiled', () => {
    for (const name of modelNames) {
      const { graph } = compile(programOf(name, 'train_step'), targets.portable);
      const text = serializeModel(graph, { producer: 'test' });
      expect(Buffer.from(text).includes('com.microsoft'), name).toBe(false);
      expect(Buffer.from(text).includes('ai.atelier'), name).toBe(false);
    }
    for (const { name, program, target } of blocked) {
      const bytes = Buffer.from(serializeModel(compile(program, targets[target]).graph));
      expect(bytes.includes('com.microsoft.nchwc'), name).toBe(true);
      expect(bytes.includes('ai.atelier'), name).toBe(false);
      expect(compile(program, targets[target]).graph.nodes.filter(({ op }) => definitionOf(op).training)).toEqual([]);
    }
  });

  const isBias = (name: string) => name.endsWith('.bias');
  it.each(processorTargets)('has the settings of its optimizer as inputs, and runs with them: %s', async (name) => {
    const { build, recipe, normalization } = entryOf('m2');
    const groups = [{ includes: isBias, rate: { input: 'bias_rate' }, weightDecay: { input: 'bias_decay' } }];
    const program = compile(
      trainStep({
        model: build(recipe.dropout),
        normalization,
        optimizer: adamw({ maxNorm: 1, groups }),
        batchSize: 16,
      }),
      targets[name],
    );
    const fed = ['images', 'labels', 'learning_rate', 'step', 'bias_rate', 'bias_decay'];
    expect(program.inputs.map((input) => input.name)).toEqual(fed);
    expect(unroll(program, 2).inputs.map((input) => input.name)).toEqual([
      ...fed.map((input) => inStep(1, input)),
      ...fed.map((input) => inStep(2, input)),
    ]);
    const session = await Session.create(program.graph, { device: 'cpu', threads: 1, layout: false });
    await session.release();
  });

  it('returns gradients where it is asked to', () => {
    const { build, normalization } = entryOf('m1');
    const program = trainStep({
      model: build([]),
      normalization,
      optimizer: optimizerOf({ name: 'sgd', lr: 0.1, momentum: 0, weightDecay: 0 }),
      batchSize: 2,
      withGradients: true,
    });
    const names = program.graph.outputs.map(({ name }) => name);
    expect(names).toContain('conv1.weight_grad');
    expect(program.masks).toEqual([]);
    expect(program.state.map(({ kind }) => kind)).toEqual(Array(8).fill('parameter'));
  });
});
