import type { EvaluatedRun } from '../../evaluation/comparison/evaluated-run.ts';
import { writeReport } from '../../report/write-report.ts';
import { threadsOf } from '../../training/environment.ts';
import type { Run } from '../command.ts';
import { reproductionSteps } from '../reproduction.ts';
import type { ReportOptions } from './report.ts';

export const run: Run<ReportOptions> = async ({ run: paths = [], out, images, dir, threads }, context) => {
  const started = performance.now();
  const options = {
    out,
    images,
    dataDirectory: dir,
    threads: threadsOf(threads),
    reproduce: (loaded: readonly EvaluatedRun[]) => reproductionSteps(loaded, context),
  };
  const { report, markdown, page, pageSize, figures } = await writeReport(paths, options, context);
  const seconds = (performance.now() - started) / 1000;
  context.logger.info({ seconds, figures: figures.length, pageSize }, `report written in ${seconds.toFixed(1)} s`);
  const runs = report.runs.map(({ label, path, lacking, metrics: { accuracy } }) => ({
    label,
    path,
    accuracy,
    lacking,
  }));
  const text = [
    ...runs.map(({ label, path, accuracy, lacking }) => {
      return `${label}: accuracy ${accuracy.toFixed(4)}${lacking === null ? '' : ` (not a whole run: ${lacking})`}, ${path}`;
    }),
    page,
    markdown,
    ...figures,
  ].join('\n');
  return { text, json: { runs, page, markdown, figures, pageSize, seconds } };
};
