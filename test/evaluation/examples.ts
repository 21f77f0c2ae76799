import type { Metrics } from '../../src/evaluation/metrics.ts';
import { computeMetrics } from '../../src/evaluation/metrics.ts';
import type { Scores } from '../../src/evaluation/scores.ts';

export const subject = { model: 'm1', run: 'runs/a', checkpoint: 'best', split: 'test' } as const;

/** Scores whose predictions have this confusion matrix. */
export function scoresWith(confusion: readonly (readonly number[])[], classNames: readonly string[]): Scores {
  const labels: number[] = [];
  const logits: number[] = [];
  for (const [truth, row] of confusion.entries()) {
    for (const [predicted, count] of row.entries()) {
      for (let i = 0; i < count; i += 1) {
        labels.push(truth);
        logits.push(...row.map((_, index) => Number(index === predicted)));
      }
    }
  }
  return { classNames, labels, logits: Float32Array.from(logits) };
}

export function metricsWith(confusion: readonly (readonly number[])[], classNames: readonly string[]): Metrics {
  return computeMetrics(subject, scoresWith(confusion, classNames));
}
