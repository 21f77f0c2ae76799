import { join } from 'node:path';
import { report as writeReport } from '../../library.ts';
import { command } from '../command.ts';
import { Failures } from '../failures.ts';
import type { Arguments, Options } from '../options.ts';
import { baseline, data, dir, pairs, threads } from '../shared-options.ts';

const args = {
  run: { many: true, description: 'Run folders; evaluated where they have not been yet' },
} as const satisfies Arguments;

const options = {
  out: {
    type: 'text',
    value: 'FOLDER',
    default: join('artifacts', 'report'),
    description: 'Where to write the report',
  },
  images: {
    type: 'text',
    value: 'PLACES',
    defaultText: '0-2',
    description: 'Test images whose activation maps are drawn: 0-2,17',
  },
  baseline,
  pairs,
  data,
  dir,
  threads,
} as const satisfies Options;

export const report = command({
  arguments: args,
  options,
  examples: ({ runs: [one, other] }) => [
    [`report ${one} ${other}`, 'both models'],
    ['report artifacts/runs/* --out /tmp/report', 'all runs, elsewhere'],
  ],
  run: async (
    { run: paths, out, images, data: dataPlace, dir: dataDirectory, threads, baseline, pairs: allPairs },
    context,
  ) => {
    const started = performance.now();
    const failures = new Failures(paths.length, 'runs', context);
    const { reproductionSteps } = await import('../reproduction.ts');
    const { withLiveLine } = await import('../terminal/work-screen.ts');
    const written = await withLiveLine(context.options, (observer) =>
      writeReport(paths, {
        out,
        images,
        data: dataPlace,
        dataDirectory,
        threads,
        baseline,
        allPairs,
        context,
        observer,
        onFailure: failures.onFailure,
        reproduce: (loaded) => reproductionSteps(loaded, context),
      }),
    );
    const { markdown, page, pageSize, figures } = written;
    const seconds = (performance.now() - started) / 1000;
    context.logger.info({ seconds, figures: figures.length, pageSize }, `report written in ${seconds.toFixed(1)} s`);
    const runs = written.report.runs.map(({ label, path, lacking, metrics: { accuracy } }) => ({
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
    return failures.with({ text, json: { runs, page, markdown, figures, pageSize, seconds } });
  },
});
