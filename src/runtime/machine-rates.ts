/**
 * What this machine can do through ONNX Runtime, as the measure of everything that it is given to do: a kernel that only
 * computes cannot be faster than the matrix product, one that only moves data not faster than a copy.
 */
import { GraphBuilder } from '../../graphs/ir/builder.ts';
import type { Graph } from '../../graphs/ir/graph.ts';
import { staticShape, zeros } from '../../graphs/ir/types.ts';
import { AtelierError } from '../errors.ts';
import { Session } from './session.ts';
import { toOrt } from './tensors.ts';
import { parseTrace } from './trace.ts';
import { traced } from './tracing.ts';

/** Both rates at one number of threads. */
export interface MachineRates {
  readonly threads: number;
  /** Single-precision floating-point operations a second, a multiply-add counting two. */
  readonly sgemm: number;
  /** Bytes a second, those read and those written counted alike. */
  readonly copy: number;
}

/** Rows and columns: 12 MB in all, of the size of a layer's operands. */
const matrixSize = 1024;
/** 64 MB: past any cache. */
const copyElements = 2 ** 24;
const repetitions = 20;

/** Both rates, one after the other; takes about a second. */
export async function measureRates(threads: number): Promise<MachineRates> {
  return { threads, sgemm: await measureSgemmRate(threads), copy: await measureCopyRate(threads) };
}

/** The higher of each rate: of two measurements the one that other work on the machine disturbed less. */
export function betterRates(a: MachineRates, b: MachineRates): MachineRates {
  return { threads: a.threads, sgemm: Math.max(a.sgemm, b.sgemm), copy: Math.max(a.copy, b.copy) };
}

/**
 * How fast the CPU provider multiplies two float32 matrices of 1024x1024, in floating-point operations a second (2 n³ over
 * the best of some repetitions). Neither matrix is a constant, as in a training step.
 *
 * @param threads that the session may use
 */
export async function measureSgemmRate(threads: number): Promise<number> {
  const b = new GraphBuilder('sgemm_rate');
  const matrix = (name: string) => b.input(name, 'float32', [matrixSize, matrixSize]);
  const product = b.op('MatMul', [matrix('left'), matrix('right')], {});
  b.output('largest', b.op('ReduceMax', [product], { keepdims: 0 }));
  return (2 * matrixSize ** 3) / (await bestSeconds(b.finish(), 'MatMul', threads));
}

/**
 * How fast the CPU provider can read a float32 tensor of 64 MB and write another, in bytes a second, both directions
 * counted (128 MB over the best of some repetitions). The operator is Neg: next to no arithmetic, and shared between the
 * threads, which Identity is not.
 *
 * @param threads that the session may use
 */
export async function measureCopyRate(threads: number): Promise<number> {
  const b = new GraphBuilder('copy_rate');
  const copy = b.op('Neg', [b.input('from', 'float32', [copyElements])], {});
  // The runtime's JavaScript binding copies each output once more, outside of the kernel: so only a number is returned.
  b.output('largest', b.op('ReduceMax', [copy], { keepdims: 0 }));
  return (2 * 4 * copyElements) / (await bestSeconds(b.finish(), 'Neg', threads));
}

/** The shortest time of the kernel of operator `op` over some runs of a graph on arbitrary numbers. */
async function bestSeconds(graph: Graph, op: string, threads: number): Promise<number> {
  const feeds = Object.fromEntries(
    graph.inputs.map(({ name, shape }) => {
      const sizes = staticShape(shape, name);
      const tensor = zeros('float32', sizes);
      // Not all zeros, which some processors multiply faster.
      for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = (i % 2003) / 2003 - 0.5;
      return [name, toOrt(tensor)];
    }),
  );
  const { trace } = await traced(async (tracePrefix) => {
    const session = await Session.create(graph, { device: 'cpu', threads, layout: false, tracePrefix });
    try {
      for (let i = 0; i < repetitions; i++) await session.run(feeds);
    } finally {
      await session.release();
    }
  });
  const times = parseTrace(trace).flatMap(({ kernels }) =>
    kernels.filter((kernel) => kernel.op === op).map(({ ms }) => ms / 1000),
  );
  if (times.length !== repetitions)
    throw new AtelierError(
      `internal: ${graph.name}: ${repetitions} runs of ${op} expected, the trace has ${times.length}`,
    );
  return Math.min(...times);
}
