import { evaluateRun } from '../../evaluation/evaluate-run.ts';
import { threadsOf } from '../../training/environment.ts';
import type { Run } from '../command.ts';
import type { EvaluateOptions } from './evaluate.ts';

export const run: Run<EvaluateOptions> = async (
  { run: paths = [], split = 'test', checkpoint = 'best', dir, threads },
  context,
) => {
  const evaluations = [];
  for (const path of paths) {
    const options = { split, checkpoint, dataDirectory: dir, threads: threadsOf(threads) };
    const { metrics, report, directory } = await evaluateRun(path, options, context);
    evaluations.push({ path, directory, metrics, report });
  }
  const text = evaluations.map(({ path, directory, metrics, report }) =>
    [
      `${path}: ${metrics.count} ${split} images, ${checkpoint} checkpoint`,
      `loss ${metrics.loss.toFixed(4)}  accuracy ${metrics.accuracy.toFixed(4)}  ` +
        `macro F1 ${metrics.macro.f1.toFixed(4)}  weighted F1 ${metrics.weighted.f1.toFixed(4)}`,
      '',
      report,
      `written to ${directory}`,
    ].join('\n'),
  );
  return { text: text.join('\n\n'), json: evaluations.map(({ directory, metrics }) => ({ directory, metrics })) };
};
