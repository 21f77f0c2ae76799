import { UsageError } from '../../errors.ts';
import { compareRuns } from '../../evaluation/comparison/compare.ts';
import { loadRuns } from '../../evaluation/comparison/load-runs.ts';
import { comparisonDocument } from '../../report/document/comparison-document.ts';
import { terminalText } from '../../report/printers/terminal.ts';
import { threadsOf } from '../../training/environment.ts';
import type { Run } from '../command.ts';
import type { CompareOptions } from './compare.ts';

export const run: Run<CompareOptions> = async (
  { run: paths = [], split = 'test', checkpoint = 'best', dir, threads },
  context,
) => {
  if (paths.length < 2) {
    throw new UsageError(
      `compare: expected at least two run folders, got ${paths.length}. See: atelier compare --help`,
      { code: 'too-few-runs' },
    );
  }
  const options = { split, checkpoint, dataDirectory: dir, threads: threadsOf(threads) };
  const comparison = compareRuns(await loadRuns(paths, options, context), context.experiment);
  return { text: terminalText(comparisonDocument(comparison)), json: comparison };
};
