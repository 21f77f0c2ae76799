import { describe, expect, it } from 'vitest';
import { AtelierError } from '../../src/errors.ts';
import { parseTrace } from '../../src/runtime/trace.ts';

const session = (name: string, ts: number, dur: number) => ({
  cat: 'Session',
  pid: 1,
  tid: 1,
  ph: 'X',
  name,
  ts,
  dur,
  args: {},
});
const kernel = (name: string, op: string, ts: number, dur: number, sizes: readonly string[] = ['0', '0', '0']) => ({
  cat: 'Node',
  pid: 1,
  tid: 1,
  ph: 'X',
  name: `${name}_kernel_time`,
  ts,
  dur,
  args: {
    op_name: op,
    activation_size: sizes[0],
    parameter_size: sizes[1],
    output_size: sizes[2],
    provider: 'CPUExecutionProvider',
    output_type_shape: [{ float: [2, 3] }],
  },
});

/** Two runs as onnxruntime-node 1.30 writes them: a run's own event comes after those of its kernels. */
const events = [
  session('model_loading_array', 4, 3000),
  session('session_initialization', 3100, 20_000),
  kernel('conv1/Conv', 'FusedConv', 30_010, 500, ['100', '20', '300']),
  kernel('pool/MaxPool', 'MaxPool', 30_520, 250, ['300', '0', '75']),
  session('SequentialExecutor::Execute', 30_005, 800),
  session('model_run', 30_000, 820),
  kernel('conv1/Conv', 'FusedConv', 41_010, 400, ['100', '20', '300']),
  kernel('pool/MaxPool', 'MaxPool', 41_420, 200, ['300', '0', '75']),
  session('SequentialExecutor::Execute', 41_005, 700),
  session('model_run', 41_000, 750),
];

describe('parseTrace', () => {
  it('gives each run its kernels, in ms and bytes', () => {
    const runs = parseTrace(JSON.stringify(events));
    expect(runs.map(({ ms, executorMs }) => [ms, executorMs])).toEqual([
      [0.82, 0.8],
      [0.75, 0.7],
    ]);
    expect(runs[0]?.kernels).toEqual([
      { name: 'conv1/Conv', op: 'FusedConv', ms: 0.5, bytes: 420 },
      { name: 'pool/MaxPool', op: 'MaxPool', ms: 0.25, bytes: 375 },
    ]);
    expect(runs[1]?.kernels.map(({ ms }) => ms)).toEqual([0.4, 0.2]);
  });

  it('does not depend on the order of the events', () => {
    expect(parseTrace(JSON.stringify(events.toReversed()))).toEqual(parseTrace(JSON.stringify(events)));
  });

  it('knows nothing to run where nothing was run', () => {
    expect(parseTrace(JSON.stringify(events.slice(0, 2)))).toEqual([]);
  });

  it.each([30_900, 29_000, 50_000])('refuses a kernel outside of all runs, at %d µs: no time may vanish', (ts) => {
    const text = JSON.stringify([...events, kernel('lost/Mul', 'Mul', ts, 10)]);
    expect(() => parseTrace(text)).toThrow(/'lost\/Mul_kernel_time' at \d+ µs outside of all 2 runs/);
  });

  it.each(['', '{', '{}', '[{"name": 1}]', JSON.stringify([{ ...session('model_run', 0, 1), dur: -1 }])])(
    'refuses what is no trace: %s',
    (text) => {
      expect(() => parseTrace(text)).toThrow(AtelierError);
    },
  );
});
