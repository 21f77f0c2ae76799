import { compare as compareRuns } from '../../library.ts';
import { command, usageError } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { checkpoint, dir, split, threads } from '../shared-options.ts';

const args = { run: { many: true, description: 'Run folders, at least two' } } as const satisfies Arguments;

const options = {
  split,
  checkpoint,
  dir,
  threads: { ...threads, description: 'Threads to evaluate with; all processors by default' },
} as const satisfies Options;

export const compare = command({
  arguments: args,
  options,
  examples: ({ runs: [one, other] }) => [
    [`compare ${one} ${other}`, 'on the test images'],
    ['compare artifacts/runs/* --json', 'all runs, as one JSON document'],
  ],
  run: async ({ run: paths, split = 'test', checkpoint = 'best', dir: dataDirectory, threads }, context) => {
    if (paths.length < 2)
      throw usageError([`compare: expected at least two run folders, got ${paths.length}`], 'compare');
    const { withLiveLine } = await import('../terminal/work-screen.ts');
    const comparison = await withLiveLine(context.options, (observer) =>
      compareRuns(paths, { split, checkpoint, dataDirectory, threads, context, observer }),
    );
    const [{ comparisonDocument }, { terminalText }] = await Promise.all([
      import('../../report/document/comparison-document.ts'),
      import('../../report/printers/terminal.ts'),
    ]);
    return { text: terminalText(comparisonDocument(comparison)), json: comparison };
  },
});
