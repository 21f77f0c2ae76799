import { basename, join, resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { Evaluation } from '../../evaluation/evaluate-run.ts';
import { orFailure } from '../../failures.ts';
import { evaluate as evaluateRun } from '../../library.ts';
import { command } from '../command.ts';
import { Failures } from '../failures.ts';
import type { Arguments, Options } from '../options.ts';
import { checkpoint, data, dir, split, threads } from '../shared-options.ts';

const args = { run: { many: true, description: 'Run folders' } } as const satisfies Arguments;
const options = {
  split,
  checkpoint,
  out: {
    type: 'text',
    alias: 'o',
    value: 'FOLDER',
    defaultText: 'evaluation/<split> in the run; <split>-last of the last checkpoint',
    description: 'Where to write; of several runs a folder each in it',
  },
  data,
  dir,
  threads,
} as const satisfies Options;

export const evaluate = command({
  arguments: args,
  options,
  examples: ({ runs: [run] }) => [
    [`evaluate ${run}`, 'on the test images'],
    ['evaluate artifacts/runs/* --json', 'all runs, as one JSON document'],
  ],
  run: async (
    { run: paths, split, checkpoint = 'best', out, data: dataPlace, dir: dataDirectory, threads },
    context,
  ) => {
    const places = placesOf(paths, out);
    const failures = new Failures(paths.length, 'runs', context);
    const { withLiveLine } = await import('../terminal/work-screen.ts');
    const evaluations = await withLiveLine(context.options, async (observer) => {
      const done: (Evaluation & { readonly path: string })[] = [];
      for (const [at, path] of paths.entries()) {
        const settings = {
          split,
          checkpoint,
          out: places[at],
          data: dataPlace,
          dataDirectory,
          threads,
          context,
          observer,
        };
        const one = await orFailure(path, failures.onFailure, () => evaluateRun(path, settings));
        if (one) done.push({ path, ...one });
      }
      return done;
    });
    const text = evaluations.map(({ path, directory, metrics, report }) =>
      [
        `${path}: ${metrics.count} ${metrics.split} images, ${checkpoint} checkpoint`,
        `loss ${metrics.loss.toFixed(4)}  accuracy ${metrics.accuracy.toFixed(4)}  ` +
          `balanced ${metrics.balancedAccuracy.toFixed(4)}  macro F1 ${metrics.macro.f1.toFixed(4)}  weighted F1 ${metrics.weighted.f1.toFixed(4)}`,
        `always ${metrics.majority.class}: accuracy ${metrics.majority.accuracy.toFixed(4)}`,
        '',
        report,
        `written to ${directory}`,
      ].join('\n'),
    );
    const json = evaluations.map(({ path, directory, metrics }) => ({ run: path, directory, metrics }));
    return failures.with({ text: text.join('\n\n'), json });
  },
});

/** Where each run's evaluation goes; undefined for the run's own folder. */
function placesOf(paths: readonly string[], out: string | undefined): readonly (string | undefined)[] {
  if (out === undefined || paths.length === 1) return paths.map(() => out);
  const names = paths.map((path) => basename(resolve(path)));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return names.map((name) => join(out, name));
  throw new UsageError(
    `evaluate: two runs are called '${twice}', and --out has a folder for each name. Evaluate them one by one.`,
    { code: 'already-named' },
  );
}
