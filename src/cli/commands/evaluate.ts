import { evaluate as evaluateRun } from '../../library.ts';
import { command } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { checkpoint, dir, split, threads } from '../shared-options.ts';

const args = { run: { many: true, description: 'Run folders' } } as const satisfies Arguments;
const options = { split, checkpoint, dir, threads } as const satisfies Options;

export const evaluate = command({
  arguments: args,
  options,
  examples: ({ runs: [run] }) => [
    [`evaluate ${run}`, 'on the test images'],
    ['evaluate artifacts/runs/* --json', 'all runs, as one JSON document'],
  ],
  run: async ({ run: paths, split = 'test', checkpoint = 'best', dir: dataDirectory, threads }, context) => {
    const { withLiveLine } = await import('../terminal/work-screen.ts');
    const evaluations = await withLiveLine(context.options, async (observer) => {
      const done = [];
      for (const path of paths) {
        const settings = { split, checkpoint, dataDirectory, threads, context, observer };
        done.push({ path, ...(await evaluateRun(path, settings)) });
      }
      return done;
    });
    const text = evaluations.map(({ path, directory, metrics, report }) =>
      [
        `${path}: ${metrics.count} ${split} images, ${checkpoint} checkpoint`,
        `loss ${metrics.loss.toFixed(4)}  accuracy ${metrics.accuracy.toFixed(4)}  ` +
          `balanced ${metrics.balancedAccuracy.toFixed(4)}  macro F1 ${metrics.macro.f1.toFixed(4)}  weighted F1 ${metrics.weighted.f1.toFixed(4)}`,
        `always ${metrics.majority.class}: accuracy ${metrics.majority.accuracy.toFixed(4)}`,
        '',
        report,
        `written to ${directory}`,
      ].join('\n'),
    );
    return { text: text.join('\n\n'), json: evaluations.map(({ directory, metrics }) => ({ directory, metrics })) };
  },
});
