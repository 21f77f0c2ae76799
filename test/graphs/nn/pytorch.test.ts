/** Values and gradients of each layer, in each target, against PyTorch's (test/fixtures/pytorch/make.py). */
import { expect, it } from 'vitest';
import { gradients } from '../../../graphs/autodiff/gradient.ts';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import { elementCount, float32 } from '../../../graphs/ir/types.ts';
import { Forward } from '../../../graphs/nn/forward.ts';
import * as layers from '../../../graphs/nn/layers.ts';
import type { Module } from '../../../graphs/nn/module.ts';
import { targets } from '../../../graphs/targets/compile.ts';
import witness from '../../fixtures/pytorch/layers.json' with { type: 'json' };
import { execute, relativeError } from '../execute.ts';
import { describeTargets } from '../processor-targets.ts';
import { filled, noise } from '../pytorch-numbers.ts';

type Name = keyof typeof witness.cases;
interface Expected {
  readonly y: readonly number[];
  readonly shape: readonly number[];
  readonly dx: readonly number[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}
const image = [2, 4, 5, 6];
const tokens = [2, 3, 6];
const row = [24];

/** The layer, the shape of its data, what these are multiplied by, and what PyTorch calls it where that is not `layer`. */
const cases: { readonly [N in Name]: readonly [Module, readonly number[], number?, string?] } = {
  'conv2d, stride and padding': [layers.conv2d('layer', 4, 3, 3, { stride: 2, padding: 1 }), image],
  'conv2d, another height than width': [
    layers.conv2d('layer', 4, 2, [3, 2], { stride: [1, 2], padding: [1, 0], dilation: [2, 1] }),
    image,
  ],
  'conv2d, padding that differs': [layers.conv2d('layer.1', 4, 2, 3, { padding: [0, 1, 1, 2], bias: false }), image],
  'conv2d, groups': [layers.conv2d('layer', 4, 6, 3, { padding: 1, groups: 2 }), image],
  'conv2d, depthwise with stride': [
    layers.conv2d('layer', 4, 4, 3, { stride: 2, padding: 1, groups: 4, bias: false }),
    image,
  ],
  convTranspose2d: [layers.convTranspose2d('layer', 4, 3, 3), [1, 4, 3, 2]],
  'convTranspose2d, all options': [
    layers.convTranspose2d('layer', 4, 2, [3, 2], {
      stride: 2,
      padding: 1,
      outputPadding: 1,
      groups: 2,
      dilation: [1, 2],
    }),
    [1, 4, 3, 4],
  ],
  'maxPool2d, overlap and padding': [layers.maxPool2d('layer', 3, { stride: 2, padding: 1 }), image],
  'maxPool2d, ceil mode': [layers.maxPool2d('layer', 2, { ceilMode: true }), [1, 2, 5, 7]],
  'maxPool2d, ceil mode with padding': [
    layers.maxPool2d('layer', [3, 2], { padding: 1, ceilMode: true }),
    [1, 2, 6, 5],
  ],
  averagePool2d: [layers.averagePool2d('layer', 2), [1, 2, 5, 4]],
  'averagePool2d, overlap and padding': [layers.averagePool2d('layer', 3, { stride: 2, padding: 1 }), image],
  'averagePool2d, padding that does not count': [
    layers.averagePool2d('layer', 3, { stride: 2, padding: 1, countIncludePad: false }),
    image,
  ],
  'averagePool2d, ceil mode': [
    layers.averagePool2d('layer', 3, { stride: 2, padding: 1, ceilMode: true }),
    [1, 2, 6, 5],
  ],
  globalAveragePool2d: [layers.globalAveragePool2d('layer'), image],
  batchNorm2d: [layers.batchNorm2d('layer', 4), [3, 4, 2, 2]],
  'layerNorm, tokens': [layers.layerNorm('layer', 6), tokens],
  'layerNorm, images': [layers.layerNorm('layer', [4, 2, 3], { epsilon: 1e-3 }), [2, 4, 2, 3]],
  groupNorm: [layers.groupNorm('layer', 2, 4), [2, 4, 3, 2]],
  'linear, tokens': [layers.linear('layer', 6, 3), tokens],
  relu: [layers.relu('layer'), row, 12],
  relu6: [layers.relu6('layer'), row, 18],
  leakyRelu: [layers.leakyRelu('layer', 0.2), row, 12],
  elu: [layers.elu('layer', 0.7), row, 12],
  silu: [layers.silu('layer'), row, 12],
  gelu: [layers.gelu('layer'), row, 12],
  'gelu, tanh': [layers.gelu('layer', 'tanh'), row, 12],
  sigmoid: [layers.sigmoid('layer'), row, 12],
  tanh: [layers.tanh('layer'), row, 12],
  hardsigmoid: [layers.hardsigmoid('layer'), row, 12],
  hardswish: [layers.hardswish('layer'), row, 12],
  softplus: [layers.softplus('layer'), row, 12],
  'softplus, beta': [layers.softplus('layer', 2), row, 12],
  multiheadAttention: [layers.multiheadAttention('layer', 6, 2), [2, 4, 6]],
};

function isCase(name: string): name is Name {
  return Object.hasOwn(cases, name);
}

describeTargets((target) => {
  it.each(Object.keys(witness.cases).filter(isCase))('%s', async (name) => {
    const expected: Expected = witness.cases[name];
    const [module, shape, scale = 4] = cases[name];
    const b = new GraphBuilder('layer');
    const f = new Forward(b, true);
    const x = b.input('x', 'float32', shape);
    const y = module.forward(f, x);
    expect(y.shape).toEqual(expected.shape);
    const projection = b.constant(float32(noise(elementCount(expected.shape), 5), expected.shape));
    const loss = b.sum(b.mul(y, projection));
    b.output('y', y);
    for (const [of, gradient] of gradients(b, loss, [x, ...f.parameters.values()])) b.output(`${of}_grad`, gradient);
    const state = [...module.parameters, ...module.buffers.filter(({ dtype }) => dtype === 'float32')].map(
      (spec) => [spec.name, filled(spec.name, spec.shape)] as const,
    );
    const used = new Set([...f.parameters.keys(), ...f.buffers.keys()]);
    const counters = [...f.buffers].filter(([, { dtype }]) => dtype === 'int64').map(([of]) => of);
    const feeds = {
      x: float32(
        noise(elementCount(shape), 3).map((value) => Math.fround(value) * scale),
        shape,
      ),
      ...Object.fromEntries(state.filter(([of]) => used.has(of))),
      ...Object.fromEntries(
        counters.map((of) => [of, { dtype: 'int64', shape: [], data: BigInt64Array.of(0n) } as const]),
      ),
    };
    const found = await execute(b.finish(), feeds, targets[target]);
    expect(relativeError(found['y'], expected.y), 'y').toBeLessThan(5e-6);
    expect(relativeError(found['x_grad'], expected.dx), 'gradient of x').toBeLessThan(1e-5);
    expect([...f.parameters.keys()].toSorted()).toEqual(Object.keys(expected.gradients).toSorted());
    for (const [of, values] of Object.entries(expected.gradients))
      expect(relativeError(found[`${of}_grad`], values), of).toBeLessThan(1e-5);
  });
});
