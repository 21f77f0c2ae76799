/** Several training steps in one graph: what it takes and gives, and that each step begins where the one before it ended. */
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import { printGraph } from '../../../graphs/ir/print.ts';
import { deserializeModel, serializeModel } from '../../../graphs/ir/serialize.ts';
import { float32, formatType, GraphError, type Tensor } from '../../../graphs/ir/types.ts';
import { validate } from '../../../graphs/ir/validate.ts';
import { optimizerOf } from '../../../graphs/optim/from-recipe.ts';
import { evalStep } from '../../../graphs/programs/inference.ts';
import type { Program } from '../../../graphs/programs/program.ts';
import { trainStep } from '../../../graphs/programs/train-step.ts';
import { inStep, unroll } from '../../../graphs/programs/unroll.ts';
import { compile, targets } from '../../../graphs/targets/compile.ts';
import { entryOf, type ModelName, modelNames } from '../../models.ts';
import { execute } from '../execute.ts';

/** Pulls `w` towards the images where the mask lets it; the counter is state that no result depends on. */
function smallStep(): Program {
  const b = new GraphBuilder('small');
  const images = b.input('images', 'float32', [2]);
  const rate = b.input('learning_rate', 'float32', [1]);
  const mask = b.input('mask', 'bool', [2]);
  const w = b.input('w', 'float32', [2]);
  const seen = b.input('seen', 'int64', []);
  const gap = b.op('Sub', [w, images], {});
  b.output('loss', b.sum(b.op('Mul', [gap, gap], {})));
  const change = b.op('Mul', [b.op('Mul', [gap, b.cast(mask, 'float32')], {}), rate], {});
  b.output('w.next', b.op('Sub', [w, change], {}));
  b.output('seen.next', b.op('Add', [seen, b.constant({ dtype: 'int64', shape: [], data: BigInt64Array.of(1n) })], {}));
  return {
    name: 'train_step',
    graph: b.finish(),
    inputs: [
      { name: 'images', dtype: 'float32', shape: [2] },
      { name: 'learning_rate', dtype: 'float32', shape: [1] },
    ],
    masks: [{ name: 'mask', shape: [2], ratio: 0.5 }],
    state: [
      { name: 'w', next: 'w.next', kind: 'parameter', dtype: 'float32', shape: [2] },
      { name: 'seen', next: 'seen.next', kind: 'buffer', dtype: 'int64', shape: [] },
    ],
    outputs: [{ name: 'loss', dtype: 'float32', shape: [] }],
  };
}

const modelStep = (name: ModelName, batchSize: number): Program => {
  const { build, recipe, normalization } = entryOf(name);
  const optimizer = optimizerOf(recipe.optimizer);
  return trainStep({ model: build(recipe.dropout), normalization, optimizer, batchSize });
};

describe('a small step, twice', () => {
  const twice = unroll(smallStep(), 2);

  it('as text', () => {
    expect(printGraph(twice.graph)).toMatchInlineSnapshot(`
      "graph small_x2
        input float32[2] %w
        input int64[] %seen
        input float32[2] %step1/images
        input float32[1] %step1/learning_rate
        input bool[2] %step1/mask
        input float32[2] %step2/images
        input float32[1] %step2/learning_rate
        input bool[2] %step2/mask
        output float32[] %step1/loss
        output float32[] %step2/loss
        output float32[2] %w.next
        output int64[] %seen.next
        constant int64[] %1:int64 = 1
        step1/Sub: float32[2] %step1/Sub_output = Sub(%w, %step1/images)
        step1/Mul: float32[2] %step1/Mul_output = Mul(%step1/Sub_output, %step1/Sub_output)
        step1/ReduceSum: float32[] %step1/loss = ReduceSum(%step1/Mul_output) keepdims=0
        step1/Cast: float32[2] %step1/Cast_output = Cast(%step1/mask) to=1
        step1/Mul_1: float32[2] %step1/Mul_1_output = Mul(%step1/Sub_output, %step1/Cast_output)
        step1/Mul_2: float32[2] %step1/Mul_2_output = Mul(%step1/Mul_1_output, %step1/learning_rate)
        step1/Sub_1: float32[2] %step1/w.next = Sub(%w, %step1/Mul_2_output)
        step1/Add: int64[] %step1/seen.next = Add(%seen, %1:int64)
        step2/Sub: float32[2] %step2/Sub_output = Sub(%step1/w.next, %step2/images)
        step2/Mul: float32[2] %step2/Mul_output = Mul(%step2/Sub_output, %step2/Sub_output)
        step2/ReduceSum: float32[] %step2/loss = ReduceSum(%step2/Mul_output) keepdims=0
        step2/Cast: float32[2] %step2/Cast_output = Cast(%step2/mask) to=1
        step2/Mul_1: float32[2] %step2/Mul_1_output = Mul(%step2/Sub_output, %step2/Cast_output)
        step2/Mul_2: float32[2] %step2/Mul_2_output = Mul(%step2/Mul_1_output, %step2/learning_rate)
        step2/Sub_1: float32[2] %w.next = Sub(%step1/w.next, %step2/Mul_2_output)
        step2/Add: int64[] %seen.next = Add(%step1/seen.next, %1:int64)"
    `);
  });

  it('computes what two runs of it do', async () => {
    const steps = [
      { images: float32([1, -2]), rate: 0.5, mask: [1, 0] },
      { images: float32([3, 0.25]), rate: 0.125, mask: [1, 1] },
    ].map(({ images, rate, mask }) => ({
      images,
      learning_rate: float32([rate]),
      mask: { dtype: 'bool', shape: [2], data: Uint8Array.from(mask) } satisfies Tensor,
    }));
    const counter = (count: number): Tensor => ({ dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(count)) });
    const start = { w: float32([0.75, 4]), seen: counter(5) };

    let state = start;
    const losses: (readonly number[])[] = [];
    for (const inputs of steps) {
      const {
        loss = [],
        'w.next': w = [],
        'seen.next': seen = [],
      } = await execute(smallStep().graph, {
        ...inputs,
        ...state,
      });
      losses.push(loss);
      state = { w: float32(w), seen: counter(seen[0] ?? Number.NaN) };
    }
    const inputs = steps.flatMap((step, i) =>
      Object.entries(step).map(([name, tensor]) => [inStep(i + 1, name), tensor] as const),
    );
    expect(await execute(twice.graph, { ...Object.fromEntries(inputs), ...start })).toEqual({
      'step1/loss': losses[0],
      'step2/loss': losses[1],
      'w.next': [...state.w.data],
      'seen.next': [7],
    });
    // By hand: 0.25 of the gap is half closed, then an eighth of the gap to (3, 0.25); the second mask lets all through.
    expect([...state.w.data]).toEqual([0.875 + (3 - 0.875) / 8, 4 - (4 - 0.25) / 8]);
    expect(losses).toEqual([[0.25 ** 2 + 6 ** 2], [(0.875 - 3) ** 2 + 3.75 ** 2]]);
  });
});

const models = modelNames.flatMap((name) =>
  (['portable', 'cpu-nchwc8', 'cpu-nchwc16'] as const).map((target) => ({ name, target })),
);

describe.each(models)('three steps of $name in $target', ({ name, target }) => {
  const step = compile(modelStep(name, 16), targets[target]);
  const unrolled = unroll(step, 3);
  const { graph } = unrolled;

  it('say truly what their graph takes and gives', () => {
    const masks = unrolled.masks.map((mask) => ({ ...mask, dtype: 'bool' as const }));
    const described = [...unrolled.inputs, ...unrolled.state, ...masks].map(
      (port) => `${port.name} ${formatType(port)}`,
    );
    expect(graph.inputs.map((value) => `${value.name} ${formatType(value)}`).sort()).toEqual(described.sort());
    const next = unrolled.state.map((tensor) => ({ ...tensor, name: tensor.next }));
    const results = [...unrolled.outputs, ...next].map((port) => `${port.name} ${formatType(port)}`);
    expect(graph.outputs.map((value) => `${value.name} ${formatType(value)}`).sort()).toEqual(results.sort());
  });

  it('keep the names of the state, and have those of a step three times', () => {
    expect(unrolled.state).toEqual(step.state);
    const thrice = (names: readonly string[]) => [1, 2, 3].flatMap((index) => names.map((n) => `step${index}/${n}`));
    expect(unrolled.inputs.map((port) => port.name)).toEqual(thrice(step.inputs.map((port) => port.name)));
    expect(unrolled.outputs.map((port) => port.name)).toEqual(thrice(step.outputs.map((port) => port.name)));
    expect(unrolled.masks.map((mask) => mask.name)).toEqual(thrice(step.masks.map((mask) => mask.name)));
    expect(graph.nodes.map((node) => node.name)).toEqual(thrice(step.graph.nodes.map((node) => node.name)));
    expect([unrolled.name, graph.name]).toEqual(['train_step', `${step.graph.name}_x3`]);
  });

  it('share the constants, are valid, and survive a file', () => {
    expect(graph.initializers).toEqual(step.graph.initializers);
    expect(() => validate(graph)).not.toThrow();
    expect(printGraph(deserializeModel(serializeModel(graph)).graph)).toBe(printGraph(graph));
  });

  it('are the same bytes each time', () => {
    // Megabytes: comparing them element by element takes seconds.
    expect(Buffer.compare(serializeModel(unroll(step, 3).graph), serializeModel(graph))).toBe(0);
  });
});

describe('unroll refuses', () => {
  it.each([1, 0, -2, 2.5, Number.NaN])('%s steps', (count) => {
    const unrolled = () => unroll(smallStep(), count);
    expect(unrolled).toThrow(GraphError);
    expect(unrolled).toThrow(`steps to unroll: 2 or more expected, got ${count}`);
  });

  it('a program that does not train', () => {
    const { build, recipe, normalization } = entryOf('m1');
    const program = evalStep({ model: build(recipe.dropout), normalization });
    expect(() => unroll(program, 2)).toThrow(GraphError);
    expect(() => unroll(program, 2)).toThrow("eval_step has no ''");
  });

  it('a step whose graph lacks a result', () => {
    const step = smallStep();
    const outputs = step.graph.outputs.filter(({ name }) => name !== 'loss');
    expect(() => unroll({ ...step, graph: { ...step.graph, outputs } }, 2)).toThrow("train_step has no 'loss'");
  });
});
