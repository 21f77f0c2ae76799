import { describe, expect, it } from 'vitest';
import { AtelierError } from '../../../src/errors.ts';
import { rolesOf } from '../../../src/training/profile/roles.ts';
import {
  aboveFloor,
  groupBy,
  type MeasuredStep,
  profileOf,
  roleOf,
  runtimeLayer,
} from '../../../src/training/profile/step-profile.ts';
import { entryOf, programsOf } from '../../models.ts';

const program = programsOf('m1', entryOf('m1').recipe, 'portable').trainStep(4);
const layers = [{ name: 'conv1', description: 'a convolution' }];
const roles = rolesOf(program, ['conv1']);
const rates = { threads: 2, sgemm: 1e9, copy: 1e8 };
const given = { model: 'm1', target: 'portable', batchSize: 4, program, layers, rates };

/** A step of these kernels; the executor takes 1 ms more than they, the runtime 2 more, masks 3 and the rest 4 more. */
function step(kernels: readonly (readonly [string, string, number, number])[]): MeasuredStep {
  const ms = kernels.reduce((sum, [, , each]) => sum + each, 0);
  return {
    wallMs: ms + 10,
    masksMs: 3,
    run: {
      ms: ms + 3,
      executorMs: ms + 1,
      kernels: kernels.map(([name, op, each, bytes]) => ({ name, op, ms: each, bytes })),
    },
  };
}
const like = (conv: number) =>
  step([
    ['conv1/Conv', 'FusedConv', conv, 40_000],
    ['fused fc1/Gemm', 'FusedGemm', 6, 5_000_000],
    ['pool/MaxPool', 'MaxPool', 5, 1],
    ['flatten/Flatten', 'Flatten', 1, 1_000_000],
    ['Transpose_token_3', 'Transpose', 2, 2_000],
    ['conv2.weight/adam/AdamWOptimizer/Mul', 'Mul', 3, 1],
  ]);

describe('roleOf', () => {
  it.each([
    ['conv1/Conv', 'conv1/Conv'],
    ['fused fc1/Gemm', 'fc1/Gemm'],
    ['fc1/Gemm_2', 'fc1/Gemm_2'],
    ['conv1/Conv_nchwc', 'conv1/Conv'],
    ['conv1/ConvGrad/MatMul/MatmulTransposeFusion/', 'conv1/ConvGrad/MatMul'],
  ])('%s was made of %s', (kernel, node) => {
    expect(roleOf(kernel, roles)?.node).toBe(node);
  });

  it.each(['Transpose_token_3', 'ReorderInput', '', 'conv1/Convolution', 'conv'])(
    '%s is the runtime’s own',
    (kernel) => {
      expect(roleOf(kernel, roles)).toBeUndefined();
    },
  );
});

describe('profileOf', () => {
  // Eight steps, of which the fastest two count.
  const profile = profileOf({
    ...given,
    steps: [90, 10, 80, 70, 60, 50, 20, 40].map(like),
    plainMs: [50, 30, 90, 32, 70, 60, 80, 40],
  });
  const kernels = (10 + 20) / 2 + 6 + 5 + 1 + 2 + 3;

  it('means the fastest quarter of the steps', () => {
    expect(profile).toMatchObject({ steps: 8, averaged: 2, range: [37, 117] });
    expect(profile.times.plain).toBe(31);
    expect(profile.nodes.find(({ name }) => name === 'conv1/Conv')?.ms).toBe(15);
  });

  it('loses nothing: nodes add up to the kernels, all parts to the step', () => {
    expect(profile.nodes.reduce((sum, { ms }) => sum + ms, 0)).toBeCloseTo(kernels, 9);
    expect(profile.times).toEqual({
      plain: 31,
      profiled: kernels + 10,
      kernels,
      betweenKernels: 1,
      runtime: 2,
      masks: 3,
      binding: 4,
    });
    for (const groups of [groupBy(profile.nodes, ({ op }) => op), groupBy(profile.nodes, ({ layer }) => layer)])
      expect(groups.reduce((sum, { ms }) => sum + ms, 0)).toBeCloseTo(kernels, 9);
  });

  it('attributes kernels to layers and phases, and shows those that are of none', () => {
    const found = profile.nodes.map(({ name, layer, phase }) => [name, layer, phase]);
    expect(found).toEqual([
      ['conv1/Conv', 'conv1', 'forward'],
      ['fused fc1/Gemm', 'fc1', 'forward'],
      ['pool/MaxPool', 'pool', 'forward'],
      ['flatten/Flatten', 'flatten', 'forward'],
      ['Transpose_token_3', runtimeLayer, 'other'],
      ['conv2.weight/adam/AdamWOptimizer/Mul', 'conv2', 'optimizer'],
    ]);
  });

  it('holds each against its floor', () => {
    const node = (name: string) => profile.nodes.find((other) => other.name === name);
    const flops = 2 * 4 * 32 * 26 * 26 * 9;
    // 1.56 MFLOP at 1 GFLOP/s against the 40 kB, of the fused kernel, at 100 MB/s.
    expect(node('conv1/Conv')).toMatchObject({ flops, bytes: 40_000, floorMs: flops / 1e6, limit: 'arithmetic' });
    expect(node('conv1/Conv')?.ratio).toBeCloseTo(15 / (flops / 1e6), 9);
    // 5 MB at 100 MB/s take longer than 9.4 MFLOP at 1 GFLOP/s.
    expect(node('fused fc1/Gemm')).toMatchObject({ flops: 2 * 4 * 9216 * 128, floorMs: 50, limit: 'memory' });
    // A node of the graph unchanged: bytes by its shapes, both outputs of it, whatever the runtime says.
    const pooled = 4 * 64 * 12 * 12;
    const output = program.graph.nodes.find(({ name }) => name === 'pool/MaxPool')?.outputs[1] ? 4 + 8 : 4;
    expect(node('pool/MaxPool')).toMatchObject({ bytes: 4 * 4 * 64 * 24 * 24 + output * pooled, limit: 'memory' });
    expect(node('flatten/Flatten')).toMatchObject({ floorMs: 0, ratio: null, limit: 'call' });
    expect(node('Transpose_token_3')).toMatchObject({ flops: 0, bytes: 2000, floorMs: 0.02, limit: 'memory' });
  });

  it('names the nodes that have no kernel', () => {
    expect(profile.absent).toContain('relu1/Relu');
    expect(profile.absent).not.toContain('conv1/Conv');
    // fc1/Gemm lives on in `fused fc1/Gemm`.
    expect(profile.absent).not.toContain('fc1/Gemm');
  });

  it('puts first what is furthest above its floor, not what is longest', () => {
    expect(aboveFloor(profile.nodes, 2).map(({ name }) => name)).toEqual(['conv1/Conv', 'Transpose_token_3']);
  });

  it('refuses to speak of no step', () => {
    expect(() => profileOf({ ...given, steps: [], plainMs: [] })).toThrow(AtelierError);
  });
});
