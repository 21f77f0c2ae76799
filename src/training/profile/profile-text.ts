/** The profile of a training step as text: what is read first stands first. */
import { type Cell, textTable } from '../../text/table.ts';
import {
  aboveFloor,
  type Group,
  groupBy,
  type Limit,
  type NodeTime,
  runtimeLayer,
  type StepProfile,
} from './step-profile.ts';

const limits: Readonly<Record<Limit, string>> = {
  arithmetic: 'products (floor: operations)',
  memory: 'passes over memory (floor: bytes)',
  call: 'small (nothing but the call)',
};

/** The whole profile. */
export function profileText(profile: StepProfile): string {
  const { nodes, absent } = profile;
  return `${[
    shortProfileText(profile),
    titled('By operator of the runtime', operatorTable(profile)),
    titled('By layer and phase (ms)', layerTable(profile)),
    titled('The kernels with most time above their floor', nodeTable(aboveFloor(nodes, 15), profile)),
    titled(
      'Passes over memory by layer and phase: what is fused into the product beside it costs no pass',
      passTable(profile),
    ),
    `${absent.length} nodes of the graph have no kernel of their own, being fused into another or left out by the runtime` +
      `${absent.length === 0 ? '.' : `: ${absent.join(', ')}.`}`,
    explanation,
  ].join('\n\n')}\n`;
}

/** What fits on a screen: where a step goes, and what to mend next. */
export function shortProfileText(profile: StepProfile): string {
  const { model, target, batchSize, rates, steps, averaged, range } = profile;
  const [fastest, slowest] = range;
  return [
    `Training step of ${model}: batch ${batchSize}, ${rates.threads} threads, target ${target}; ` +
      `mean of the fastest ${averaged} of ${steps} steps (${ms(fastest)} to ${ms(slowest)} ms).\n` +
      `This machine: products ${giga(rates.sgemm)} GFLOP/s, copies ${giga(rates.copy)} GB/s (read and written).` +
      `${slowest > busySpread * fastest ? '\nThey differ that much as on a machine with other work: profile again when it is quiet.' : ''}`,
    stepTable(profile),
    limitTable(profile),
    nextToMend(profile),
  ].join('\n\n');
}

function stepTable({ times, floorMs, arithmeticMs, nodes }: StepProfile): string {
  const row = (what: string, ms: number): readonly Cell[] => [what, number(ms), percent(ms / times.profiled)];
  const own = nodes.filter(({ layer }) => layer === runtimeLayer).reduce((total, { ms }) => total + ms, 0);
  return textTable(
    ['where the step goes', 'ms', 'share'],
    [
      row('kernels', times.kernels),
      row(`  of which ${runtimeLayer}`, own),
      row('between the kernels', times.betweenKernels),
      row('runtime outside of its executor', times.runtime),
      row('binding: inputs in, outputs copied out', times.binding),
      row('drawing dropout masks', times.masks),
      row('the step', times.profiled),
      row('the step without tracing', times.plain),
      row('floor of all kernels', floorMs),
      row('floor of the products alone', arithmeticMs),
    ],
  );
}

function limitTable({ nodes, times }: StepProfile): string {
  const groups = groupBy(nodes, ({ limit }) => limit);
  return textTable(
    ['what the kernels are', ...groupHeader],
    groups.map((group) => [limits[group.key], ...groupCells(group, times.kernels)]),
  );
}

/** The two things that can be wrong: a kernel slower than it need be, and a pass that need not be. */
function nextToMend({ nodes, times }: StepProfile): string {
  const worst = aboveFloor(nodes, 3).filter((node) => node.ms > node.floorMs);
  const [passes] = passGroups(nodes);
  const lines = [
    ...worst.map(({ name, op, ms: time, floorMs }) => `${name} (${op}): ${ms(time)} ms, its floor is ${ms(floorMs)}.`),
    ...(passes
      ? [
          `Most time in passes over memory: ${passes.key}, ${ms(passes.ms)} ms in ${passes.nodes.length} kernels ` +
            `(${operatorsOf(passes)}).`,
        ]
      : []),
    ...(times.binding > times.profiled / 50
      ? [`The binding takes ${ms(times.binding)} ms: it copies every output of the step, the next state above all.`]
      : []),
  ];
  return `Next to mend:\n${lines.map((line) => `- ${line}`).join('\n')}`;
}

function operatorTable({ nodes, times }: StepProfile): string {
  const longest = groupBy(nodes, ({ op }) => op).slice(0, operatorRows);
  const named = new Set(longest.map(({ key }) => key));
  const groups = groupBy(nodes, ({ op }) => (named.has(op) ? op : ''));
  // The rest last, whatever it comes to.
  const rows = groups.toSorted((a, b) => Number(a.key === '') - Number(b.key === ''));
  return textTable(
    ['operator', ...groupHeader],
    rows.map((group) => [
      group.key === '' ? `${groupBy(group.nodes, ({ op }) => op).length} others` : group.key,
      ...groupCells(group, times.kernels),
    ]),
  );
}

function layerTable({ nodes, times, layers }: StepProfile): string {
  const descriptions = new Map(layers.map(({ name, description }) => [name, description]));
  const order = [...new Set([...descriptions.keys(), ...nodes.map(({ layer }) => layer)])];
  const groups = groupBy(nodes, ({ layer }) => layer).toSorted((a, b) => place(a.key, order) - place(b.key, order));
  const columns = ['data', 'forward', 'backward', 'optimizer', 'other'] as const;
  return textTable(
    ['layer', '', ...columns, ...groupHeader],
    [...groups, { key: 'all', nodes, ms: times.kernels, floorMs: total(nodes.map(({ floorMs }) => floorMs)) }].map(
      (group) => [
        group.key,
        descriptions.get(group.key) ?? '',
        ...columns.map((column): Cell => {
          const inPhase = group.nodes.filter(({ phase }) => phase === column);
          return inPhase.length === 0 ? { number: '' } : number(total(inPhase.map((node) => node.ms)));
        }),
        ...groupCells(group, times.kernels),
      ],
    ),
  );
}

/** The program's own parts stand before the model's layers (normalize) or after them; the runtime's kernels last. */
function place(layer: string, order: readonly string[]): number {
  if (layer === 'normalize') return -1;
  return layer === runtimeLayer ? order.length : order.indexOf(layer);
}

function nodeTable(nodes: readonly NodeTime[], { times }: StepProfile): string {
  return textTable(
    ['kernel', 'phase', 'operator', 'ms', 'share', 'floor', 'above', 'times', 'bound by'],
    nodes.map(({ name, phase, op, ms: time, floorMs, ratio, limit }) => [
      name,
      phase,
      op,
      number(time),
      percent(time / times.kernels),
      number(floorMs),
      number(time - floorMs),
      times_(ratio),
      limit,
    ]),
  );
}

function passTable({ nodes, times }: StepProfile): string {
  const groups = passGroups(nodes).slice(0, 12);
  return textTable(
    ['layer and phase', ...groupHeader, 'operators'],
    groups.map((group) => [group.key, ...groupCells(group, times.kernels), operatorsOf(group)]),
  );
}

function passGroups(nodes: readonly NodeTime[]): readonly Group<string>[] {
  return groupBy(
    nodes.filter(({ limit }) => limit === 'memory'),
    ({ layer, phase }) => (phase === 'other' ? layer : `${layer} ${phase}`),
  );
}

/** `2 Mul, Cast`, the longest first. */
function operatorsOf({ nodes }: Group<unknown>): string {
  return groupBy(nodes, ({ op }) => op)
    .map(({ key, nodes: same }) => (same.length === 1 ? key : `${same.length} ${key}`))
    .join(', ');
}

const groupHeader = ['kernels', 'ms', 'share', 'floor', 'above', 'times'] as const;

function groupCells({ nodes, ms: time, floorMs }: Group<unknown>, whole: number): readonly Cell[] {
  return [
    { number: String(nodes.length) },
    number(time),
    percent(time / whole),
    number(floorMs),
    number(time - floorMs),
    times_(floorMs > 0 ? time / floorMs : null),
  ];
}

/** The slowest step over the fastest one, from which on the times are those of a busy machine. */
const busySpread = 1.5;

/** Operators that have a row of their own. */
const operatorRows = 16;

const explanation = `Times are ms a step; shares are of all kernels, in the first table of the whole step. The floor of a kernel is the longer of its
floating-point operations (products and convolutions only) at the rate of a large matrix product and the bytes of its inputs and
outputs at the rate of a large copy, both measured through the same runtime with as many threads. "times" is time over floor.
A kernel whose operands still lie in a cache is faster than its floor ("times" below 1). Of a fused kernel only the first node's operations count.
trace.json opens in Perfetto (https://ui.perfetto.dev) or chrome://tracing; profile.json has every kernel.`;

function titled(title: string, text: string): string {
  return `${title}\n\n${text}`;
}

function number(milliseconds: number): Cell {
  return { number: ms(milliseconds) };
}

function ms(milliseconds: number): string {
  return milliseconds.toFixed(2);
}

function percent(share: number): Cell {
  return { number: `${(100 * share).toFixed(1)} %` };
}

function times_(ratio: number | null): Cell {
  return { number: ratio === null || ratio >= 1000 ? '' : ratio.toFixed(1) };
}

function giga(rate: number): string {
  return (rate / 1e9).toFixed(1);
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
