/**
 * What ONNX Runtime's profiler writes: a list of events in Chrome's tracing format, times in µs. Each run of a session is
 * one event ('model_run'), inside it the executor's, inside that one for each kernel.
 */
import { z } from 'zod';
import { AtelierError, messageOf } from '../errors.ts';

/** One execution of one kernel. */
export interface KernelTime {
  /** The node's name in the graph that the runtime made of ours: ours, one derived from ours, or one of its own. */
  readonly name: string;
  /** The runtime's operator: `FusedConv` where we said `Conv` and `Relu`. */
  readonly op: string;
  readonly ms: number;
  /** Bytes of all inputs and outputs, as the runtime counts them. */
  readonly bytes: number;
}

/** One run of a session. */
export interface TracedRun {
  /** From entering the runtime to leaving it. */
  readonly ms: number;
  /** Within that, what the executor took: the kernels and what lies between them. */
  readonly executorMs: number;
  readonly kernels: readonly KernelTime[];
}

const bytes = z.coerce.number().nonnegative().default(0);

const eventSchema = z.object({
  name: z.string(),
  ts: z.number(),
  dur: z.number().nonnegative().default(0),
  args: z
    .object({ op_name: z.string().default(''), activation_size: bytes, parameter_size: bytes, output_size: bytes })
    .default({ op_name: '', activation_size: 0, parameter_size: 0, output_size: 0 }),
});
type Event = z.infer<typeof eventSchema>;

const kernelSuffix = '_kernel_time';
const milliseconds = (microseconds: number) => microseconds / 1000;

/**
 * The runs of a trace, in order of time.
 *
 * @param text the file's content
 * @throws AtelierError where it is no such trace, or a kernel lies outside all runs
 */
export function parseTrace(text: string): readonly TracedRun[] {
  const events = eventsOf(text).toSorted((a, b) => a.ts - b.ts);
  const runs = events.filter(({ name }) => name === 'model_run').map(begun);
  let current = -1;
  for (const event of events) {
    while ((runs[current + 1]?.run.ts ?? Number.POSITIVE_INFINITY) <= event.ts) current += 1;
    const found = runs[current];
    const inside = found !== undefined && event.ts <= found.run.ts + found.run.dur;
    if (event.name === 'SequentialExecutor::Execute' && inside) found.executorMs += milliseconds(event.dur);
    if (!event.name.endsWith(kernelSuffix)) continue;
    if (!inside)
      throw new AtelierError(
        `the runtime's trace has kernel '${event.name}' at ${event.ts} µs outside of all ${runs.length} runs of the session; ` +
          'every kernel was expected within one.',
        { code: 'runtime-failed' },
      );
    found.kernels.push(kernelOf(event));
  }
  return runs.map(({ run, executorMs, kernels }) => ({ ms: milliseconds(run.dur), executorMs, kernels }));
}

function begun(run: Event): { readonly run: Event; executorMs: number; readonly kernels: KernelTime[] } {
  return { run, executorMs: 0, kernels: [] };
}

function eventsOf(text: string): readonly Event[] {
  try {
    return z.array(eventSchema).parse(JSON.parse(text));
  } catch (error) {
    throw new AtelierError(`the runtime's trace cannot be read: ${messageOf(error)}`, {
      code: 'runtime-failed',
      cause: error,
    });
  }
}

function kernelOf({ name, dur, args }: Event): KernelTime {
  const { op_name: op, activation_size, parameter_size, output_size } = args;
  return {
    name: name.slice(0, -kernelSuffix.length),
    op,
    ms: milliseconds(dur),
    bytes: activation_size + parameter_size + output_size,
  };
}
