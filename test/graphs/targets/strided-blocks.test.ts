/** Depthwise convolutions and those with a stride: the blocked layout finds what the portable form finds, and says where it leaves off. */
import { expect, it } from 'vitest';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import type { Graph } from '../../../graphs/ir/graph.ts';
import { compile, targets } from '../../../graphs/targets/compile.ts';
import { execute, random, relativeError } from '../execute.ts';
import { describeBlocked } from '../processor-targets.ts';

interface Case {
  readonly x: readonly [number, number, number, number];
  readonly outputs: number;
  readonly kernel: readonly [number, number];
  readonly strides?: readonly [number, number];
  readonly dilations?: readonly [number, number];
  /** Begins, then ends. */
  readonly pads?: readonly [number, number, number, number];
  readonly depthwise?: true;
  /** Gradients that are computed in blocks, of dX and dW; all others are portable. */
  readonly blocked: readonly ('dX' | 'dW')[];
}

const all = ['dX', 'dW'] as const;
const bare = [0, 0, 0, 0] as const;
const padded = [1, 1, 1, 1] as const;
const s2 = [2, 2] as const;
const dw = (x: Case['x'], rest: Partial<Case>): Case => ({
  x,
  outputs: x[1],
  kernel: [3, 3],
  depthwise: true,
  blocked: all,
  ...rest,
});

const cases: readonly (readonly [string, Case])[] = [
  ['depthwise', dw([3, 16, 6, 7], { pads: padded })],
  ['depthwise, no padding', dw([2, 32, 5, 6], { pads: bare })],
  ['depthwise, stride 2', dw([2, 16, 8, 6], { pads: padded, strides: s2 })],
  ['depthwise, stride 2, odd sizes', dw([2, 16, 7, 9], { pads: padded, strides: s2 })],
  ['depthwise, kernels of 5', dw([2, 16, 9, 8], { kernel: [5, 5], pads: [2, 2, 2, 2] })],
  ['depthwise, dilated', dw([2, 16, 8, 8], { dilations: [2, 2], pads: [2, 2, 2, 2] })],
  ['depthwise, windows that leave out the end', dw([2, 16, 6, 6], { pads: bare, strides: s2, blocked: ['dX'] })],
  [
    'depthwise, more padding than the kernel reaches over',
    dw([2, 16, 4, 4], { kernel: [2, 2], pads: [2, 2, 2, 2], blocked: ['dW'] }),
  ],
  ['stride 2', { x: [16, 16, 8, 8], outputs: 32, kernel: [3, 3], strides: s2, pads: padded, blocked: all }],
  ['stride 2, odd sizes', { x: [16, 16, 7, 9], outputs: 16, kernel: [3, 3], strides: s2, pads: padded, blocked: all }],
  ['stride 2, wide maps', { x: [16, 16, 3, 80], outputs: 16, kernel: [3, 3], strides: s2, pads: padded, blocked: all }],
  [
    'other strides on each axis',
    { x: [16, 16, 7, 8], outputs: 16, kernel: [3, 2], strides: [3, 2], pads: bare, blocked: ['dX'] },
  ],
  ['kernels of one element, stride 2', { x: [16, 16, 8, 6], outputs: 32, kernel: [1, 1], strides: s2, blocked: all }],
  [
    'kernels of one element, stride 2, odd sizes',
    { x: [16, 16, 7, 5], outputs: 16, kernel: [1, 1], strides: s2, blocked: ['dW'] },
  ],
  [
    'three channels, stride 2',
    { x: [16, 3, 10, 10], outputs: 16, kernel: [7, 7], strides: s2, pads: [3, 3, 3, 3], blocked: ['dW'] },
  ],
  [
    'images that fill no blocks',
    { x: [6, 16, 8, 8], outputs: 16, kernel: [3, 3], strides: s2, pads: padded, blocked: ['dX'] },
  ],
  ['padding of one side', { x: [16, 16, 5, 5], outputs: 16, kernel: [2, 2], pads: [0, 0, 1, 1], blocked: all }],
  [
    'channels that fill no blocks',
    { x: [16, 12, 8, 8], outputs: 12, kernel: [3, 3], strides: s2, pads: padded, blocked: [] },
  ],
];

describeBlocked((block) => {
  const target = targets[`cpu-nchwc${block}`];

  it.each(cases)('%s', async (_, { x, outputs, kernel, depthwise, blocked, ...window }) => {
    const { strides = [1, 1], dilations = [1, 1], pads = [0, 0, 0, 0] } = window;
    const group = depthwise ? x[1] : 1;
    const attributes = { kernel_shape: kernel, strides, dilations, pads, group };
    const size = (axis: 0 | 1) =>
      Math.floor(
        (x[axis + 2] ?? 0) + (pads[axis] ?? 0) + (pads[axis + 2] ?? 0) - dilations[axis] * (kernel[axis] - 1) - 1,
      );
    const result = [x[0], outputs, Math.floor(size(0) / strides[0]) + 1, Math.floor(size(1) / strides[1]) + 1];
    const [dY, data, weight] = [random(result, 1), random(x, 2), random([outputs, x[1] / group, ...kernel], 3)];
    const graphOf = (wanted: readonly [boolean, boolean, boolean]): Graph => {
      const b = new GraphBuilder('gradient');
      const inputs = { dY, data, weight };
      const [y, d, w] = Object.entries(inputs).map(([name, tensor]) => b.input(name, tensor.dtype, tensor.shape));
      if (!y || !d || !w) throw new Error('no inputs');
      const found = b.multi('ConvGrad', [y, d, w], attributes, { outputs: wanted });
      for (const [i, name] of ['dX', 'dW', 'dB'].entries()) {
        const value = found[i];
        if (value) b.output(name, value);
      }
      b.output('y', b.op('Conv', [d, w], attributes));
      return b.finish();
    };
    const wanted = graphOf([true, true, true]);
    const feeds = { dY, data, weight };
    const [expected, found] = [await execute(wanted, feeds), await execute(wanted, feeds, target)];
    for (const name of ['y', 'dX', 'dW', 'dB'])
      expect(relativeError(found[name] ?? [], expected[name] ?? []), name).toBeLessThan(3e-6);

    const isBlocked = (graph: Graph) => {
      const { nodes } = compile(
        { name: 'inspect', graph, inputs: [], masks: [], state: [], outputs: [] },
        target,
      ).graph;
      return nodes.some(({ op, name }) => op === 'NchwcConv' && name.startsWith('ConvGrad'));
    };
    expect(isBlocked(graphOf([true, false, false])), 'dX in blocks').toBe(blocked.includes('dX'));
    expect(isBlocked(graphOf([false, true, false])), 'dW in blocks').toBe(blocked.includes('dW'));
  });
});
