import { join } from 'node:path';
import type { Logger } from 'pino';
import { runBench } from '../../../bench/bench.ts';
import { ourselves } from '../../../bench/catalogue.ts';
import { benchModels } from '../../../bench/models.ts';
import { countOf, countsOf, peersOf, settingsOf } from '../../../bench/options.ts';
import { defaultScale, runScale, threadCounts } from '../../../bench/scale.ts';
import { scaleLines, scaleSections, writeScale } from '../../../bench/scale-report.ts';
import { environmentLines, type Section, sectionsOf } from '../../../bench/table.ts';
import { writeBench } from '../../../bench/write.ts';
import { UsageError } from '../../errors.ts';
import { ensureDirectory } from '../../files/atomic.ts';
import { threadsOf } from '../../training/environment.ts';
import type { CommandResult, Run } from '../command.ts';
import { formatTable } from '../output.ts';
import type { BenchOptions } from './bench.ts';

export const run: Run<BenchOptions> = async (options, { logger }) => {
  const models = options.model === 'all' ? benchModels : [options.model];
  return options.scale ? scale(options, models, logger) : compare(options, models, logger);
};

async function compare(options: BenchOptions, models: readonly string[], logger: Logger): Promise<CommandResult> {
  if (options.widths !== undefined)
    throw new UsageError('--widths is for --scale: peers have the models as they are. Add --scale.', {
      code: 'settings-exclude-each-other',
    });
  const settings = settingsOf({ ...options, models, threads: threadsOf(options.threads) });
  const peers = peersOf(options.peers);
  const folder = await outputFolder(options);
  const result = await runBench(settings, peers, { dir: options.dir, logger });
  const files = await writeBench(folder, result);
  return { text: textOf(environmentLines(result), sectionsOf(result), files), json: { ...result, files } };
}

async function scale(options: BenchOptions, models: readonly string[], logger: Logger): Promise<CommandResult> {
  const { peers, measures, repetitions, batchSize, epochBatches, predictImages } = options;
  const others = {
    peers,
    measures,
    repetitions,
    'batch-size': batchSize,
    'epoch-batches': epochBatches,
    'predict-images': predictImages,
  };
  const [stray] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (stray !== undefined)
    throw new UsageError(
      `--${stray} has no meaning with --scale, which measures Atelier at all sizes. Leave one out.`,
      { code: 'settings-exclude-each-other' },
    );
  const steps = countOf('--steps', options.steps, defaultScale.steps, 1000);
  const widths = countsOf('--widths', options.widths, defaultScale.widths, 16);
  const settings = { ...defaultScale, models, steps, widths, threads: threadCounts(threadsOf(options.threads)) };
  const folder = await outputFolder(options);
  const [peer] = peersOf(ourselves);
  if (peer === undefined) throw new Error(`internal: no peer '${ourselves}'`);
  const result = await runScale(settings, peer, { dir: options.dir, logger });
  const files = await writeScale(folder, result);
  return { text: textOf(scaleLines(result), scaleSections(result), files), json: { ...result, files } };
}

/** Made before an hour of work, so that a folder that cannot be written is refused at once. */
async function outputFolder({ out }: BenchOptions): Promise<string> {
  const time = new Date()
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .replace('T', '-');
  const folder = out ?? join('artifacts', 'bench', time);
  await ensureDirectory(folder);
  return folder;
}

function textOf(lines: readonly string[], sections: readonly Section[], files: readonly string[]): string {
  const blocks = sections.map(({ title, table: { header, rows }, notes }) =>
    [title, '', formatTable(header, rows), '', ...notes.map((note) => `- ${note}`)].join('\n').trimEnd(),
  );
  return [lines.join('\n'), ...blocks, files.join('\n')].join('\n\n');
}
