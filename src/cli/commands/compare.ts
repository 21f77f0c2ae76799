import { compare as compareRuns } from '../../library.ts';
import { command, usageError } from '../command.ts';
import { Failures } from '../failures.ts';
import type { Arguments, Options } from '../options.ts';
import { baseline, checkpoint, data, dir, pairs, split, threads } from '../shared-options.ts';

const args = { run: { many: true, description: 'Run folders, at least two' } } as const satisfies Arguments;

const options = {
  baseline,
  pairs,
  split,
  checkpoint,
  data,
  dir,
  threads: { ...threads, description: 'Threads to evaluate with' },
} as const satisfies Options;

export const compare = command({
  arguments: args,
  options,
  examples: ({ runs: [one, other] }) => [
    [`compare ${one} ${other}`, 'on the test images'],
    [`compare artifacts/runs/* --baseline ${one}`, 'all runs, each beside one'],
    ['compare artifacts/runs/* --json', 'the same as one JSON document'],
  ],
  run: async (
    { run: paths, split, checkpoint = 'best', data: dataPlace, dir: dataDirectory, threads, baseline, pairs: allPairs },
    context,
  ) => {
    if (paths.length < 2)
      throw usageError([`compare: expected at least two run folders, got ${paths.length}`], 'compare');
    const failures = new Failures(paths.length, 'runs', context);
    const { onFailure } = failures;
    const { withLiveLine } = await import('../terminal/work-screen.ts');
    const comparison = await withLiveLine(context.options, (observer) =>
      compareRuns(paths, {
        split,
        checkpoint,
        data: dataPlace,
        dataDirectory,
        threads,
        baseline,
        allPairs,
        context,
        observer,
        onFailure,
      }),
    );
    const [{ comparisonDocument }, { terminalText }] = await Promise.all([
      import('../../report/document/comparison-document.ts'),
      import('../../report/printers/terminal.ts'),
    ]);
    return failures.with({ text: terminalText(comparisonDocument(comparison)), json: comparison });
  },
});
