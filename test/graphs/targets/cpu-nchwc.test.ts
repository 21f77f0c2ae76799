/** What the blocked target makes of graphs, for both block sizes, whatever the processor. Numbers: operators.test.ts. */
import { describe, expect, it } from 'vitest';
import { gradients } from '../../../graphs/autodiff/gradient.ts';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import type { Graph } from '../../../graphs/ir/graph.ts';
import { removeDeadCode } from '../../../graphs/ir/passes/dead-code.ts';
import { runPasses } from '../../../graphs/ir/passes/run.ts';
import { printGraph } from '../../../graphs/ir/print.ts';
import type { Value } from '../../../graphs/ir/types.ts';
import { optimizerOf } from '../../../graphs/optim/from-recipe.ts';
import { evalStep } from '../../../graphs/programs/inference.ts';
import { trainStep } from '../../../graphs/programs/train-step.ts';
import { compile, type TargetName, targets } from '../../../graphs/targets/compile.ts';
import { fuseActivation } from '../../../graphs/targets/cpu-nchwc/fuse-activation.ts';
import { entryOf, type ModelName } from '../../models.ts';
import { convCases } from './conv-cases.ts';
import { resultSize } from './reference.ts';

type Build = (b: GraphBuilder, ...inputs: readonly Value[]) => readonly (Value | null)[];
type Shape = readonly (number | string)[];

/** The graph of what `build` makes of float32 inputs x0, x1, …: outputs y0, y1, … */
function graphOf(shapes: readonly Shape[], build: Build): Graph {
  const b = new GraphBuilder('g');
  const outputs = build(b, ...shapes.map((shape, i) => b.input(`x${i}`, 'float32', shape)));
  outputs.forEach((value, i) => {
    if (value) b.output(`y${i}`, value);
  });
  return b.finish();
}

function compiled(graph: Graph, target: TargetName): Graph {
  return compile({ name: 'inspect', graph, inputs: [], masks: [], state: [], outputs: [] }, targets[target]).graph;
}

function lines(graph: Graph): readonly string[] {
  return printGraph(graph)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.includes(' = ') && !line.startsWith('constant'));
}

const operatorsOf = ({ nodes }: Graph): ReadonlySet<string> => new Set(nodes.map(({ op }) => op));
const isBlocked = (op: string) => op.startsWith('Nchwc') || op.startsWith('Reorder');

describe.each([8, 16] as const)('blocks of %i', (block) => {
  const target = `cpu-nchwc${block}` as const;

  /** Expects a graph to have these operators, and none besides of those that do a convolution's arithmetic. */
  const expectProducts = (graph: Graph, products: readonly string[]) => {
    const found = operatorsOf(compiled(graph, target));
    for (const op of products) expect(found).toContain(op);
    for (const op of ['Conv', 'ConvTranspose', 'MatMul', 'NchwcConv'])
      if (!products.includes(op)) expect(found).not.toContain(op);
  };

  /** Expects a graph to be in this target what it is in the portable one. */
  const expectPortable = (graph: Graph) =>
    expect(lines(compiled(graph, target))).toEqual(lines(compiled(graph, 'portable')));

  it.each(convCases.map((example) => [example.name, example] as const))(
    'ConvGrad, %s',
    (_, { geometry: g, data, blocks }) => {
      const shapes = [
        [g.images, g.outputs, ...resultSize(g)],
        [g.images, g.inputs, g.height, g.width],
        [g.outputs, g.inputs, ...g.kernel],
      ];
      const attributes = { kernel_shape: g.kernel, pads: [...g.padding, ...g.padding] };
      const gradient = (ofData: boolean, ofWeight: boolean) =>
        graphOf(shapes, (b, dY, x, weight) =>
          b.multi('ConvGrad', [dY, x, weight], attributes, { outputs: [ofData, ofWeight, false] }),
        );
      // A single channel has few products, which blocks would not help; its gradient comes in blocks all the same.
      const weightProducts = g.inputs === 1 ? ['ReorderInput', 'Conv', 'MatMul'] : ['NchwcConv'];
      const alone = [
        ...(data ? [{ graph: gradient(true, false), blocked: blocks.data, products: ['NchwcConv'] }] : []),
        { graph: gradient(false, true), blocked: blocks.weight, products: weightProducts },
      ];
      for (const { graph, blocked, products } of alone)
        if (blocked.includes(block)) expectProducts(graph, products);
        else expectPortable(graph);

      const all = gradient(data, true);
      const parts = alone.flatMap(({ graph }) => [...operatorsOf(compiled(graph, target))]);
      if (alone.some(({ blocked }) => blocked.includes(block))) expectProducts(all, parts);
      else expectPortable(all);
    },
  );

  const window = { kernel_shape: [2, 2], strides: [2, 2] };
  const conv: Build = (b, x, weight) => [b.op('Conv', [x, weight], { kernel_shape: [3, 3] })];
  const grouped: Build = (b, x, weight) => [b.op('Conv', [x, weight], { kernel_shape: [3, 3], group: 2 })];
  const norm: Build = (b, x, c) => b.multi('BatchNormInternal', [x, c, c, c, c], { epsilon: 1e-5, momentum: 0.1 });
  const dropout: Build = (b, x) => {
    const keep = b.op('Greater', [x, b.scalar(0)], {});
    return [b.op('MaskedDropout', [x, keep], { ratio: 0.5 })];
  };
  const pool: Build = (b, x) => [b.op('MaxPool', [x], window)];
  const poolGradient: Build = (b, x, dY) => {
    const [, indices] = b.multi('MaxPool', [x], window);
    return [b.op('MaxPoolGrad', [dY, indices], { ...window, input_shape: x?.shape.map(Number) ?? [] })];
  };
  const relu: Build = (b, x) => [b.op('Relu', [x], {})];
  const reluGradient: Build = (b, x, dY) => [b.op('ReluGrad', [dY, x], {})];
  const average: Build = (b, x) => [b.op('GlobalAveragePool', [x], {})];
  const expand: Build = (b, x) => [b.op('Expand', [x, b.ints(2, x?.shape.map(Number)[1] ?? 0, 3, 4)], {})];

  type Shapes = readonly Shape[];
  /** The shapes of a convolution's data [N,C,6,6] and its kernels. */
  const kernels = (images: number | string, inputs: number, outputs: number): Shapes => [
    [images, inputs, 6, 6],
    [outputs, inputs, 3, 3],
  ];
  /** The shapes of a pool's data and of its gradient. */
  const pooled = (channels: number): Shapes => [
    [3, channels, 4, 4],
    [3, channels, 2, 2],
  ];
  const twice = (shape: Shape): Shapes => [shape, shape];

  /** What each operator is given that fits the layout, and what does not; by what there is to say of it. */
  const examples: Readonly<
    Record<string, { build: Build; fits?: Record<string, Shapes>; not?: Record<string, Shapes> }>
  > = {
    Conv: {
      build: conv,
      fits: { '': kernels(3, 16, 32), 'of one channel': kernels(3, 1, 16), 'of three channels': kernels(3, 3, 16) },
      not: {
        'to twelve channels': kernels(3, 16, 12),
        'of nineteen channels': kernels(3, 19, 16),
        'of a symbolic batch': kernels('batch', 16, 16),
      },
    },
    'Conv in groups': {
      build: grouped,
      not: {
        '': [
          [3, 32, 6, 6],
          [16, 16, 3, 3],
        ],
      },
    },
    'Conv in one dimension more': {
      build: (b, x, weight) => [b.op('Conv', [x, weight], { kernel_shape: [3, 3, 3] })],
      not: {
        '': [
          [3, 16, 6, 6, 6],
          [16, 16, 3, 3, 3],
        ],
      },
    },
    Relu: {
      build: relu,
      fits: { '': [[3, 16, 2, 2]] },
      not: { 'of rows': [[3, 16]], 'of a symbolic batch': [['batch', 16, 2, 2]] },
    },
    ReluGrad: {
      build: reluGradient,
      fits: { '': twice([3, 16, 2, 2]) },
      not: { 'of twelve channels': twice([3, 12, 2, 2]) },
    },
    MaxPool: { build: pool, fits: { '': [[3, 16, 4, 4]] }, not: { 'of a symbolic batch': [['batch', 16, 4, 4]] } },
    MaxPoolGrad: { build: poolGradient, fits: { '': pooled(16) }, not: { 'of twelve channels': pooled(12) } },
    BatchNormInternal: {
      build: norm,
      fits: { '': [[3, 16, 4, 4], [16]] },
      not: { 'of twelve channels': [[3, 12, 4, 4], [12]] },
    },
    MaskedDropout: { build: dropout, fits: { '': [[3, 16, 4, 4]] }, not: { 'of rows': [[3, 16]] } },
    GlobalAveragePool: {
      build: average,
      fits: { '': [[3, 16, 4, 4]] },
      not: { 'of a symbolic batch': [['batch', 16, 4, 4]] },
    },
    Expand: {
      build: expand,
      fits: { '': [[2, 16, 1, 1]] },
      not: { 'of one image to two': [[1, 16, 1, 1]], 'over columns': [[2, 16, 3, 1]] },
    },
    'Expand over channels': {
      build: (b, x) => [b.op('Expand', [x, b.ints(2, 16, 3, 4)], {})],
      not: { '': [[2, 1, 1, 1]] },
    },
  };
  const listed = (which: 'fits' | 'not') =>
    Object.entries(examples).flatMap(([op, example]) =>
      Object.entries(example[which] ?? {}).map(
        ([what, shapes]) => [`${op} ${what}`.trimEnd(), graphOf(shapes, example.build)] as const,
      ),
    );

  it.each(listed('fits'))('%s is computed in them', (_, graph) => {
    const found = operatorsOf(compiled(graph, target));
    expect([...found].filter(isBlocked)).not.toEqual([]);
    for (const op of ['Conv', 'MaxPool', 'GlobalAveragePool', 'BatchNormalization', 'Resize', 'MatMul'])
      expect(found).not.toContain(op);
  });

  it.each(listed('not'))('%s is portable', (_, graph) => {
    expectPortable(graph);
  });

  it.each<[ModelName]>([['m1'], ['m2']])('evaluation of %s, whose batch is symbolic, is portable', (name) => {
    const { build, recipe, normalization } = entryOf(name);
    const program = evalStep({ model: build(recipe.dropout), normalization });
    expect(printGraph(compile(program, targets[target]).graph)).toBe(
      printGraph(compile(program, targets.portable).graph),
    );
  });
});

it('keeps the name that the engine records', () => {
  for (const [name, { name: own }] of Object.entries(targets)) expect(own).toBe(name);
});

describe('a training step', () => {
  it('of one layer, as text', () => {
    const graph = graphOf([[8, 8, 4, 4], [8, 8, 3, 3], [8]], (b, x, weight, bias) => {
      if (!x || !weight || !bias) return [];
      const y = b.within('conv1', () => {
        const convolved = b.op('Conv', [x, weight, bias], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
        return b.op('Relu', [convolved], {});
      });
      const loss = b.within('loss', () => b.sum(y));
      const gradientOf = gradients(b, loss, [x, weight, bias]);
      return [y, ...[x, weight, bias].map(({ name }) => gradientOf.get(name) ?? null)];
    });
    expect(lines(compiled(graph, 'cpu-nchwc8'))).toMatchInlineSnapshot(`
      [
        "conv1/Conv/ReorderInput: float32[8,8,4,4] %conv1/Conv/ReorderInput_output = ReorderInput(%x0)",
        "conv1/Conv/Reshape: float32[1,8,72,1] %conv1/Conv/Reshape_output = Reshape(%x1, %[1,8,72,1]:int64)",
        "conv1/Conv/ReorderInput_1: float32[1,8,72,1] %conv1/Conv/ReorderInput_1_output = ReorderInput(%conv1/Conv/Reshape_output)",
        "conv1/Conv/Reshape_1: float32[1,8,9,8] %conv1/Conv/Reshape_1_output = Reshape(%conv1/Conv/ReorderInput_1_output, %[1,8,9,8]:int64)",
        "conv1/Conv/Transpose: float32[1,9,8,8] %conv1/Conv/Transpose_output = Transpose(%conv1/Conv/Reshape_1_output) perm=[0,2,1,3]",
        "conv1/Conv/Reshape_2: float32[8,8,3,3] %conv1/Conv/Reshape_2_output = Reshape(%conv1/Conv/Transpose_output, %[8,8,3,3]:int64)",
        "conv1/Conv/NchwcConv: float32[8,8,4,4] %conv1/Relu/Relu_output = NchwcConv(%conv1/Conv/ReorderInput_output, %conv1/Conv/Reshape_2_output, %x2) activation="Relu" dilations=[1,1] group=1 kernel_shape=[3,3] pads=[1,1,1,1] strides=[1,1]",
        "conv1/Relu/ReorderOutput: float32[8,8,4,4] %y0 = ReorderOutput(%conv1/Relu/Relu_output) channels=8",
        "loss/Reshape: float32[1,1,1,1] %loss/Reshape_output = Reshape(%1:float32, %[1,1,1,1]:int64)",
        "loss/Expand: float32[8,8,4,4] %loss/Expand_output = Expand(%loss/Reshape_output, %[8,8,4,4]:int64)",
        "conv1/ReluGrad/ReorderInput: float32[8,8,4,4] %conv1/ReluGrad/ReorderInput_output = ReorderInput(%loss/Expand_output)",
        "conv1/ReluGrad/HardSigmoid: float32[8,8,4,4] %conv1/ReluGrad/HardSigmoid_output = HardSigmoid(%conv1/Relu/Relu_output) alpha=3e+38 beta=0",
        "conv1/ReluGrad/Mul: float32[8,8,4,4] %conv1/ReluGrad/Mul_output = Mul(%conv1/ReluGrad/ReorderInput_output, %conv1/ReluGrad/HardSigmoid_output)",
        "conv1/ConvGrad/Reshape_3: float32[9,64] %conv1/ConvGrad/Reshape_3_output = Reshape(%conv1/Conv/Reshape_2_output, %[9,64]:int64)",
        "conv1/ConvGrad/Gather: float32[9,64] %conv1/ConvGrad/Gather_output = Gather(%conv1/ConvGrad/Reshape_3_output, %constant_int64) axis=0",
        "conv1/ConvGrad/Reshape_4: float32[9,8,8,1] %conv1/ConvGrad/Reshape_4_output = Reshape(%conv1/ConvGrad/Gather_output, %[9,8,8,1]:int64)",
        "conv1/ConvGrad/ReorderInput_2: float32[9,8,8,1] %conv1/ConvGrad/ReorderInput_2_output = ReorderInput(%conv1/ConvGrad/Reshape_4_output)",
        "conv1/ConvGrad/Reshape_5: float32[8,8,3,3] %conv1/ConvGrad/Reshape_5_output = Reshape(%conv1/ConvGrad/ReorderInput_2_output, %[8,8,3,3]:int64)",
        "conv1/ConvGrad/NchwcConv: float32[8,8,4,4] %conv1/ConvGrad/NchwcConv_output = NchwcConv(%conv1/ReluGrad/Mul_output, %conv1/ConvGrad/Reshape_5_output) dilations=[1,1] group=1 kernel_shape=[3,3] pads=[1,1,1,1] strides=[1,1]",
        "conv1/ConvGrad/ReorderOutput: float32[8,8,4,4] %y1 = ReorderOutput(%conv1/ConvGrad/NchwcConv_output) channels=8",
        "conv1/ConvGrad/ReorderOutput_1: float32[8,4,4,8] %conv1/ConvGrad/ReorderOutput_1_output = ReorderOutput(%conv1/Conv/ReorderInput_output) channels=8 channels_last=1",
        "conv1/ConvGrad/Pad: float32[8,4,6,8] %conv1/ConvGrad/Pad_output = Pad(%conv1/ConvGrad/ReorderOutput_1_output, %[0,0,1,0,0,0,1,0]:int64)",
        "conv1/ConvGrad/Reshape_6: float32[1,8,4,48] %conv1/ConvGrad/Reshape_6_output = Reshape(%conv1/ConvGrad/Pad_output, %[1,8,4,48]:int64)",
        "conv1/ConvGrad/ReorderInput_4: float32[1,8,4,48] %conv1/ConvGrad/ReorderInput_4_output = ReorderInput(%conv1/ConvGrad/Reshape_6_output)",
        "conv1/ConvGrad/Reshape_7: float32[1,8,1,16,8] %conv1/ConvGrad/Reshape_7_output = Reshape(%conv1/ReluGrad/Mul_output, %[1,8,1,16,8]:int64)",
        "conv1/ConvGrad/Transpose_1: float32[1,1,16,8,8] %conv1/ConvGrad/Transpose_1_output = Transpose(%conv1/ConvGrad/Reshape_7_output) perm=[0,2,3,1,4]",
        "conv1/ConvGrad/Reshape_8: float32[8,8,4,4] %conv1/ConvGrad/Reshape_8_output = Reshape(%conv1/ConvGrad/Transpose_1_output, %[8,8,4,4]:int64_1)",
        "conv1/ConvGrad/NchwcConv_1: float32[1,8,3,24] %conv1/ConvGrad/NchwcConv_1_output = NchwcConv(%conv1/ConvGrad/ReorderInput_4_output, %conv1/ConvGrad/Reshape_8_output) dilations=[1,8] group=1 kernel_shape=[4,4] pads=[1,0,1,0] strides=[1,1]",
        "conv1/ConvGrad/Reshape_9: float32[1,72,8] %conv1/ConvGrad/Reshape_9_output = Reshape(%conv1/ConvGrad/NchwcConv_1_output, %[1,72,8]:int64)",
        "conv1/ConvGrad/Reshape_10: float32[1,9,8,8] %conv1/ConvGrad/Reshape_10_output = Reshape(%conv1/ConvGrad/Reshape_9_output, %[1,9,8,8]:int64)",
        "conv1/ConvGrad/Transpose_2: float32[1,8,9,8] %conv1/ConvGrad/Transpose_2_output = Transpose(%conv1/ConvGrad/Reshape_10_output) perm=[0,2,1,3]",
        "conv1/ConvGrad/Reshape_11: float32[1,8,72,1] %conv1/ConvGrad/Reshape_11_output = Reshape(%conv1/ConvGrad/Transpose_2_output, %[1,8,72,1]:int64)",
        "conv1/ConvGrad/ReorderOutput_2: float32[1,8,72,1] %conv1/ConvGrad/ReorderOutput_2_output = ReorderOutput(%conv1/ConvGrad/Reshape_11_output) channels=8",
        "conv1/ConvGrad/Reshape_12: float32[8,8,3,3] %y2 = Reshape(%conv1/ConvGrad/ReorderOutput_2_output, %[8,8,3,3]:int64)",
        "conv1/ConvGrad/Reshape_13: float32[1,64,4,4] %conv1/ConvGrad/Reshape_13_output = Reshape(%conv1/ReluGrad/Mul_output, %[1,64,4,4]:int64)",
        "conv1/ConvGrad/NchwcGlobalAveragePool: float32[1,64,1,1] %conv1/ConvGrad/NchwcGlobalAveragePool_output = NchwcGlobalAveragePool(%conv1/ConvGrad/Reshape_13_output)",
        "conv1/ConvGrad/Reshape_14: float32[8,8] %conv1/ConvGrad/Reshape_14_output = Reshape(%conv1/ConvGrad/NchwcGlobalAveragePool_output, %[8,8]:int64)",
        "conv1/ConvGrad/ReduceSum: float32[8] %conv1/ConvGrad/ReduceSum_output = ReduceSum(%conv1/ConvGrad/Reshape_14_output, %[0]:int64) keepdims=0",
        "conv1/ConvGrad/Mul: float32[8] %y3 = Mul(%conv1/ConvGrad/ReduceSum_output, %16:float32)",
      ]
    `);
  });

  const trainStepOf = (name: ModelName, target: TargetName, batchSize: number): Graph => {
    const { build, recipe, normalization } = entryOf(name);
    const program = trainStep({
      model: build(recipe.dropout),
      normalization,
      optimizer: optimizerOf(recipe.optimizer),
      batchSize,
    });
    return compile(program, targets[target]).graph;
  };

  /**
   * The conversions of data that a model's training step still has; all others have undone each other. Kernels are converted as
   * columns of one number, which no data of these models are.
   */
  const conversions = (name: ModelName, target: TargetName, batchSize: number) => {
    const { nodes } = trainStepOf(name, target, batchSize);
    const named = (op: string) =>
      nodes
        .filter((node) => node.op === op && node.inputs[0]?.shape[3] !== 1)
        .map((node) => node.name.replace(/\/Reorder\w+$/, ''));
    return { into: named('ReorderInput'), outOf: named('ReorderOutput') };
  };

  it.each(['cpu-nchwc8', 'cpu-nchwc16'] as const)('of m1 has four conversions left in %s', (target) => {
    expect(conversions('m1', target, 128)).toEqual({
      into: [
        // What comes back through the linear layers.
        'relu2/ReluGrad',
        // Weight gradients have the images as channels, which lie apart in whatever layout the data has.
        'conv2/ConvGrad',
      ],
      outOf: [
        // To the linear layers.
        'pool/MaxPool',
        // The data of conv2's weight gradient; the images are not blocked.
        'conv2/ConvGrad',
      ],
    });
  });

  it.each(['cpu-nchwc8', 'cpu-nchwc16'] as const)('of m2 has thirteen conversions left in %s', (target) => {
    const convolutions = ['stages.2.3', 'stages.2.0', 'stages.1.3', 'stages.1.0', 'stages.0.3'];
    expect(conversions('m2', target, 128)).toEqual({
      into: [
        // The masks come from the host.
        ...['stages.0.7', 'stages.1.7', 'stages.2.6'].map((layer) => `${layer}/MaskedDropout`),
        // Weight gradients, as for Model 1.
        ...convolutions.map((layer) => `${layer}/ConvGrad`),
      ],
      // Nothing goes out to the linear layers: averages have one position, and lie the same in both layouts.
      outOf: convolutions.map((layer) => `${layer}/ConvGrad`),
    });
  });

  it('of m1 leaves the layout for one weight gradient where the images fill no blocks', () => {
    expect(conversions('m1', 'cpu-nchwc8', 100)).toEqual({
      // What comes back through the linear layers.
      into: ['relu2/ReluGrad'],
      // To the linear layers, and the data and gradient of conv2, whose weight gradient has the images as channels.
      outOf: ['relu1/Relu', 'pool/MaxPool', 'pool/MaxPoolGrad'],
    });
  });

  it.each<[ModelName, readonly string[]]>([
    ['m1', ['conv2']],
    ['m2', ['stages.2.3', 'stages.2.0', 'stages.1.3', 'stages.1.0', 'stages.0.3']],
  ])(
    'of %s has blocked data gradients and portable weight gradients where the images fill no blocks',
    (name, layers) => {
      for (const batchSize of [12, 100]) {
        const { nodes } = trainStepOf(name, 'cpu-nchwc8', batchSize);
        for (const op of ['NchwcConv', 'Conv']) {
          const found = nodes.filter(
            (node) => node.op === op && layers.includes(node.name.split('/ConvGrad/')[0] ?? ''),
          );
          expect(found.map((node) => node.name)).toEqual(layers.map((layer) => `${layer}/ConvGrad/${op}`));
        }
      }
    },
  );
});

describe('fuseActivation', () => {
  const plain = { kernel_shape: [1, 1] };
  const fused = (build: Build) => {
    const graph = graphOf(
      [
        [2, 8, 4, 4],
        [8, 8, 1, 1],
      ],
      build,
    );
    const once = runPasses(graph, [fuseActivation, removeDeadCode]);
    expect(printGraph(runPasses(once, [fuseActivation]))).toBe(printGraph(once));
    return lines(once);
  };

  it('computes Relu where the convolution does, and keeps the name of an output', () => {
    const found = fused((b, x, weight) => {
      const hidden = b.op('Relu', [b.op('NchwcConv', [x, weight], plain)], {});
      return [b.op('Relu', [b.op('NchwcConv', [hidden, weight], plain)], {}), b.op('Neg', [hidden], {})];
    });
    expect(found).toMatchInlineSnapshot(`
      [
        "NchwcConv: float32[2,8,4,4] %Relu_output = NchwcConv(%x0, %x1) activation="Relu" kernel_shape=[1,1]",
        "NchwcConv_1: float32[2,8,4,4] %y0 = NchwcConv(%Relu_output, %x1) activation="Relu" kernel_shape=[1,1]",
        "Neg: float32[2,8,4,4] %y1 = Neg(%Relu_output)",
      ]
    `);
  });

  it('keeps a second Relu', () => {
    const found = fused((b, x, weight) => [
      b.op('Relu', [b.op('Relu', [b.op('NchwcConv', [x, weight], plain)], {})], {}),
    ]);
    expect(found).toHaveLength(2);
  });

  it.each<[string, Build]>([
    [
      'is used elsewhere',
      (b, x, weight) => {
        const y = b.op('NchwcConv', [x, weight], plain);
        return [b.op('Relu', [y], {}), b.op('Neg', [y], {})];
      },
    ],
    [
      'goes into two Relus',
      (b, x, weight) => {
        const y = b.op('NchwcConv', [x, weight], plain);
        return [b.op('Relu', [y], {}), b.op('Relu', [y], {})];
      },
    ],
    [
      'is an output of the graph',
      (b, x, weight) => {
        const y = b.op('NchwcConv', [x, weight], plain);
        return [b.op('Relu', [y], {}), y];
      },
    ],
    [
      'has another activation already',
      (b, x, weight) => [b.op('Relu', [b.op('NchwcConv', [x, weight], { ...plain, activation: 'Tanh' })], {})],
    ],
    ['is of a plain convolution', (b, x, weight) => [b.op('Relu', [b.op('Conv', [x, weight], plain)], {})]],
    [
      'comes by way of something else',
      (b, x, weight) => [b.op('Relu', [b.op('Neg', [b.op('NchwcConv', [x, weight], plain)], {})], {})],
    ],
  ])('leaves a result alone that %s', (_, build) => {
    const graph = graphOf(
      [
        [2, 8, 4, 4],
        [8, 8, 1, 1],
      ],
      build,
    );
    expect(printGraph(runPasses(graph, [fuseActivation]))).toBe(printGraph(graph));
  });
});
