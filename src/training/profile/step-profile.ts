/** From a trace of training steps to where their time goes: pure functions over plain data. */
import type { Program } from '../../../graphs/programs/program.ts';
import { AtelierError } from '../../errors.ts';
import type { MachineRates } from '../../runtime/machine-rates.ts';
import type { KernelTime, TracedRun } from '../../runtime/trace.ts';
import { isView, type Phase, type Role, rolesOf } from './roles.ts';

/** Stands for layer and phase of kernels that the runtime has added by itself. */
export const runtimeLayer = 'other (runtime)';

/** What sets a kernel's floor: its products, its passes over memory (a depthwise 1x1 convolution, say), or nothing but the call. */
export type Limit = 'arithmetic' | 'memory' | 'call';

/** One kernel of the step, averaged over the steps. */
export interface NodeTime {
  /** As the runtime has it. */
  readonly name: string;
  readonly layer: string;
  readonly phase: Phase | 'other';
  /** The runtime's operator. */
  readonly op: string;
  /** Per step. */
  readonly ms: number;
  /** The longer of its operations at the machine's SGEMM rate and its bytes at the machine's copy rate. */
  readonly floorMs: number;
  /** ms / floorMs; null where the floor is 0. */
  readonly ratio: number | null;
  readonly flops: number;
  readonly bytes: number;
  readonly limit: Limit;
}

/** One step, in ms: the parts add up to `profiled`. */
export interface StepTimes {
  /** The whole step through a session without a trace, for what the tracing itself costs. */
  readonly plain: number;
  /** The whole step through the traced session, from host to host. */
  readonly profiled: number;
  readonly kernels: number;
  /** The executor's time that no kernel accounts for. */
  readonly betweenKernels: number;
  /** In the runtime but not in its executor. */
  readonly runtime: number;
  /** Drawing dropout masks. */
  readonly masks: number;
  /** The rest: binding inputs, copying outputs into JavaScript's memory, the host's own code. */
  readonly binding: number;
}

export interface LayerName {
  readonly name: string;
  /** `Conv2d(32, 64, kernel=3, padding=0)` */
  readonly description: string;
}

export interface StepProfile {
  readonly model: string;
  readonly target: string;
  readonly batchSize: number;
  readonly rates: MachineRates;
  /** Steps that were traced, and those of them, the fastest, that all times are means of. */
  readonly steps: number;
  readonly averaged: number;
  /** The fastest and the slowest of all traced steps, in ms. */
  readonly range: readonly [number, number];
  readonly times: StepTimes;
  /** Sum of all kernels' floors in ms, and of the operations alone. */
  readonly floorMs: number;
  readonly arithmeticMs: number;
  /** In the order of execution; their ms add up to `times.kernels`. */
  readonly nodes: readonly NodeTime[];
  /** The model's modules, in its order. */
  readonly layers: readonly LayerName[];
  /** Nodes of the graph without a kernel of their own: fused into another one or left out by the runtime. */
  readonly absent: readonly string[];
}

/** What was measured of one step, in ms. */
export interface MeasuredStep {
  readonly wallMs: number;
  readonly masksMs: number;
  readonly run: TracedRun;
}

/** Below this floor, in ms, a kernel costs what calling it costs. */
const callFloor = 0.005;

export interface ProfileInput {
  readonly model: string;
  readonly target: string;
  readonly batchSize: number;
  readonly program: Program;
  readonly layers: readonly LayerName[];
  readonly rates: MachineRates;
  readonly steps: readonly MeasuredStep[];
  /** Times of whole steps without a trace, in ms. */
  readonly plainMs: readonly number[];
}

/**
 * Where the time of a step goes. Other work on the machine only ever makes a step longer, so the fastest quarter of the
 * steps is averaged; being means of the same steps, all parts add up.
 *
 * @throws AtelierError where there is no step
 */
export function profileOf(input: ProfileInput): StepProfile {
  const { program, layers, rates, steps, plainMs, model, target, batchSize } = input;
  if (steps.length === 0)
    throw new AtelierError('nothing to profile: expected batches for the warm-up and at least one step, got fewer.', {
      code: 'nothing-to-do',
    });
  const kept = fastest(steps, ({ wallMs }) => wallMs);
  const walls = steps.map(({ wallMs }) => wallMs);
  const roles = rolesOf(
    program,
    layers.map(({ name }) => name),
  );
  const nodes = nodeTimes(kept, roles, rates);
  const present = new Set(nodes.map(({ name }) => roleOf(name, roles)?.node));
  const part = (ms: (step: MeasuredStep) => number) => mean(kept.map(ms));
  const kernels = sum(nodes.map(({ ms }) => ms));
  return {
    model,
    target,
    batchSize,
    rates,
    steps: steps.length,
    averaged: kept.length,
    range: [Math.min(...walls), Math.max(...walls)],
    times: {
      plain: mean(fastest(plainMs, (ms) => ms)),
      profiled: part(({ wallMs }) => wallMs),
      kernels,
      betweenKernels: part(({ run }) => run.executorMs) - kernels,
      runtime: part(({ run }) => run.ms - run.executorMs),
      masks: part(({ masksMs }) => masksMs),
      binding: part(({ wallMs, masksMs, run }) => wallMs - masksMs - run.ms),
    },
    floorMs: sum(nodes.map(({ floorMs }) => floorMs)),
    arithmeticMs: (1000 * sum(nodes.map(({ flops }) => flops))) / rates.sgemm,
    nodes,
    layers,
    absent: [...roles.keys()].filter((name) => !present.has(name)),
  };
}

function nodeTimes(
  steps: readonly MeasuredStep[],
  roles: ReadonlyMap<string, Role>,
  rates: MachineRates,
): readonly NodeTime[] {
  const kernels = new Map<string, { readonly kernel: KernelTime; ms: number }>();
  for (const { run } of steps)
    for (const kernel of run.kernels) {
      const known = kernels.get(kernel.name) ?? { kernel, ms: 0 };
      known.ms += kernel.ms / steps.length;
      kernels.set(kernel.name, known);
    }
  return [...kernels.values()].map(({ kernel, ms }) => {
    const role = roleOf(kernel.name, roles);
    const { flops, bytes } = workOf(kernel, role);
    const arithmetic = (1000 * flops) / rates.sgemm;
    const memory = (1000 * bytes) / rates.copy;
    const floorMs = Math.max(arithmetic, memory);
    return {
      name: kernel.name,
      layer: role?.layer ?? runtimeLayer,
      phase: role?.phase ?? 'other',
      op: kernel.op,
      ms,
      floorMs,
      ratio: floorMs > 0 ? ms / floorMs : null,
      flops,
      bytes,
      limit: floorMs < callFloor ? 'call' : arithmetic >= memory ? 'arithmetic' : 'memory',
    };
  });
}

/**
 * The role of the node that a kernel was made of. Where the runtime fuses nodes it names the result after one of them:
 * `fused fc1/Gemm`, `conv1/ConvGrad/MatMul/MatmulTransposeFusion/`, `conv1/Conv_nchwc`. Undefined for its own inventions.
 */
export function roleOf(kernel: string, roles: ReadonlyMap<string, Role>): Role | undefined {
  const name = kernel.replace(/^fused /, '');
  for (let end = name.length; end > 0; end--) {
    if (end < name.length && !'/_'.includes(name.charAt(end))) continue;
    const role = roles.get(name.slice(0, end));
    if (role) return role;
  }
  return undefined;
}

/** Operators that do the products of the node that they stem from; a layout change named after it does not. */
const product = /Conv|Gemm|MatMul/;

/** What a kernel has to do: by the graph where it is a node of the graph unchanged, else by the runtime's count of bytes. */
function workOf({ name, op, bytes }: KernelTime, role: Role | undefined): { flops: number; bytes: number } {
  if (role?.node === name && role.op === op) return role;
  return { flops: product.test(op) ? (role?.flops ?? 0) : 0, bytes: isView(op) ? 0 : bytes };
}

/** The kernels with something in common. */
export interface Group<K> {
  readonly key: K;
  readonly nodes: readonly NodeTime[];
  readonly ms: number;
  readonly floorMs: number;
}

/** Kernels by a key, the longest time first. Every kernel is in one group, so the times add up. */
export function groupBy<K>(nodes: readonly NodeTime[], keyOf: (node: NodeTime) => K): readonly Group<K>[] {
  const lists = new Map<K, NodeTime[]>();
  for (const node of nodes) {
    const key = keyOf(node);
    const list = lists.get(key) ?? [];
    list.push(node);
    lists.set(key, list);
  }
  return [...lists]
    .map(([key, list]) => ({
      key,
      nodes: list,
      ms: sum(list.map(({ ms }) => ms)),
      floorMs: sum(list.map(({ floorMs }) => floorMs)),
    }))
    .toSorted((a, b) => b.ms - a.ms);
}

/** The kernels with the most time above their floor, the most first. */
export function aboveFloor(nodes: readonly NodeTime[], count: number): readonly NodeTime[] {
  return nodes.toSorted((a, b) => b.ms - b.floorMs - (a.ms - a.floorMs)).slice(0, count);
}

/** The fastest quarter, at least one. */
function fastest<T>(items: readonly T[], ms: (item: T) => number): readonly T[] {
  return items.toSorted((a, b) => ms(a) - ms(b)).slice(0, Math.ceil(items.length / 4));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function mean(numbers: readonly number[]): number {
  return sum(numbers) / numbers.length;
}
