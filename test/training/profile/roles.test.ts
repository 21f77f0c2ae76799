import { describe, expect, it } from 'vitest';
import { summarize } from '../../../graphs/models/summary.ts';
import { type Phase, rolesOf } from '../../../src/training/profile/roles.ts';
import { entryOf, programsOf } from '../../models.ts';

const batchSize = 4;
const programs = {
  m1: programsOf('m1', entryOf('m1').recipe, 'portable'),
  m2: programsOf('m2', entryOf('m2').recipe, 'portable'),
};

describe.each(['m1', 'm2'] as const)('the training step of %s', (name) => {
  const program = programs[name].trainStep(batchSize);
  const layers = summarize(programs[name].model).layers;
  const names = layers.map((layer) => layer.name);
  const roles = [...rolesOf(program, names).values()];

  it('has a role for every node, in a layer of the model or a part of the program', () => {
    expect(roles.map(({ node }) => node)).toEqual(program.graph.nodes.map((node) => node.name));
    const known = [...names, 'normalize', 'loss', 'correct'];
    expect([...new Set(roles.map(({ layer }) => layer))].filter((layer) => !known.includes(layer))).toEqual([]);
  });

  it('computes forward what the summary counts, for every image', () => {
    for (const { name: layer, macs } of layers) {
      const forward = roles.filter((role) => role.layer === layer && role.phase === 'forward');
      const flops = forward.reduce((sum, role) => sum + role.flops, 0);
      expect(flops, layer).toBe(2 * batchSize * macs);
    }
  });

  it('computes backward at least the two gradients of each layer, but for the data gradient of the first', () => {
    const [first, ...others] = layers.filter(({ macs }) => macs > 0);
    const backward = (layer: string) =>
      roles
        .filter((role) => role.layer === layer && role.phase === 'backward')
        .reduce((sum, role) => sum + role.flops, 0);
    expect(backward(first?.name ?? '')).toBeGreaterThanOrEqual(2 * batchSize * (first?.macs ?? Number.NaN));
    for (const { name: layer, macs } of others)
      expect(backward(layer), layer).toBeGreaterThanOrEqual(4 * batchSize * macs);
  });

  it('updates every layer with parameters, and no other', () => {
    const updated = new Set(roles.filter(({ phase }) => phase === 'optimizer').map(({ layer }) => layer));
    expect([...updated].sort()).toEqual(
      layers
        .filter(({ parameters }) => parameters > 0)
        .map((layer) => layer.name)
        .sort(),
    );
  });
});

describe('of Model 1', () => {
  const roles = rolesOf(programs.m1.trainStep(batchSize), ['conv1', 'relu1']);

  it.each<readonly [string, string, Phase]>([
    ['normalize/Cast', 'normalize', 'data'],
    ['conv1/Conv', 'conv1', 'forward'],
    ['dropout/MaskedDropout/Mul', 'dropout', 'forward'],
    ['loss/SoftmaxCrossEntropyLoss/OneHot', 'loss', 'forward'],
    ['correct/ArgMax', 'correct', 'forward'],
    // Names alone do not tell these from the forward ones.
    ['fc2/Gemm_1', 'fc2', 'backward'],
    ['dropout/MaskedDropout_1/Mul_1', 'dropout', 'backward'],
    ['conv1/ConvGrad/Conv', 'conv1', 'backward'],
    ['conv1.weight/adam/AdamWOptimizer/Cast', 'conv1', 'optimizer'],
    // The square of the gradient depends on nothing of the optimizer's.
    ['fc1.weight/adam/AdamWOptimizer/Mul_2', 'fc1', 'optimizer'],
  ])('%s is work of %s in phase %s', (name, layer, phase) => {
    expect(roles.get(name)).toMatchObject({ layer, phase });
  });

  it('a layer whose forward node is fused away is a layer still; what is named after none is of the optimizer', () => {
    const program = programs.m1.trainStep(batchSize);
    // As a target leaves it that knows a convolution with activation.
    const nodes = program.graph.nodes.filter(({ name }) => name !== 'relu1/Relu');
    const fused = { ...program, graph: { ...program.graph, nodes } };
    expect(rolesOf(fused, ['relu1']).get('relu1/ReluGrad/Mul')).toMatchObject({ layer: 'relu1', phase: 'backward' });
    expect(rolesOf(fused, []).get('relu1/ReluGrad/Mul')?.phase).toBe('optimizer');
  });

  it('counts operations and bytes from the shapes', () => {
    // [4,1,28,28] and [32,1,3,3], [32] to [4,32,26,26], float32.
    const output = 4 * 32 * 26 * 26;
    expect(roles.get('conv1/Conv')).toMatchObject({
      flops: 2 * output * 9,
      bytes: 4 * (4 * 28 * 28 + 32 * 9 + 32 + output),
    });
    // uint8 to float32.
    expect(roles.get('normalize/Cast')).toMatchObject({ flops: 0, bytes: (1 + 4) * 4 * 28 * 28 });
    expect(roles.get('flatten/Flatten')).toMatchObject({ flops: 0, bytes: 0 });
  });
});
