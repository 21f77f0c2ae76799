import { foldBatchNorm } from '../../graphs/export/fold-batch-norm.ts';
import type { ExportForm } from '../../graphs/export/inference-graph.ts';
import { quantize } from '../../graphs/export/quantize.ts';
import type { Graph } from '../../graphs/ir/graph.ts';
import { removeDeadCode } from '../../graphs/ir/passes/dead-code.ts';
import { runPasses } from '../../graphs/ir/passes/run.ts';
import { AtelierError } from '../errors.ts';
import { Session } from '../runtime/session.ts';
import { observe, rangeMethods } from './calibration.ts';
import type { ImageSet } from './feed.ts';
import { type Feeding, outputOver } from './graph-run.ts';
import type { Subject } from './subject.ts';

export interface Quantized {
  readonly graph: Graph;
  /** The way of choosing ranges that came out best. */
  readonly method: string;
  /** Mean squared difference of logits from float32's, by method. */
  readonly errors: Readonly<Record<string, number>>;
  readonly calibrationImages: number;
}

/** The model's graph with batch normalization in its convolutions: what low precision starts from. */
export function foldedGraph(subject: Subject, form: ExportForm): Graph {
  return runPasses(subject.graph(form), [foldBatchNorm, removeDeadCode]);
}

/**
 * Quantizes a model. The ranges of its activations come from `calibration`; which of the ways to read them off is taken
 * is decided by the logits on `trial`, other training images than those.
 */
export async function quantizedGraph(
  subject: Subject,
  form: ExportForm,
  { calibration, trial }: { readonly calibration: ImageSet; readonly trial: ImageSet },
  threads: number,
): Promise<Quantized> {
  const feeding: Feeding = { input: form.input, normalization: subject.normalization };
  const scoring = foldedGraph(subject, { input: form.input, output: 'logits' });
  const { classes } = subject.model;
  const logitsOf = async (graph: Graph) => {
    const session = await Session.create(graph, { device: 'cpu', threads });
    try {
      return await outputOver(session, trial, feeding, 'logits', classes);
    } finally {
      await session.release();
    }
  };
  const observations = await observe(scoring, calibration, feeding, threads);
  const expected = await logitsOf(scoring);
  const candidates = [];
  for (const { name, range } of rangeMethods) {
    const ranges = new Map([...observations].map(([value, observation]) => [value, range(observation)]));
    const error = meanSquaredDifference(expected, await logitsOf(quantize(scoring, ranges)));
    candidates.push({ name, ranges, error });
  }
  const [best] = candidates.toSorted((a, b) => a.error - b.error);
  if (!best) throw new AtelierError('internal: there is no way to choose ranges');
  return {
    graph: runPasses(quantize(foldedGraph(subject, form), best.ranges), [removeDeadCode]),
    method: best.name,
    errors: Object.fromEntries(candidates.map(({ name, error }) => [name, error])),
    calibrationImages: calibration.count,
  };
}

function meanSquaredDifference(expected: Float32Array, found: Float32Array): number {
  const total = expected.reduce((sum, value, i) => sum + (value - (found[i] ?? Number.NaN)) ** 2, 0);
  return total / expected.length;
}
