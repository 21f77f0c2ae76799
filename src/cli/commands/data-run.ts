import { loadManifest } from '../../data/manifest.ts';
import { prepareDataset } from '../../data/report.ts';
import { UsageError } from '../../errors.ts';
import type { Run } from '../command.ts';
import { formatTable } from '../output.ts';
import { createBar } from '../progress.ts';
import type { DataOptions } from './data.ts';

export const run: Run<DataOptions> = async ({ dir, offline }, { experiment, logger, options, signal }) => {
  const bar = createBar('{file} |{bar}| {percentage}% {received} of {total}', options);
  if (experiment === null)
    throw new UsageError('no data set was named, and there is no experiment that has one', { code: 'no-data-named' });
  const report = await prepareDataset({
    manifest: await loadManifest(experiment.data),
    dir,
    offline,
    logger,
    signal,
    onProgress: ({ file, receivedBytes, totalBytes }) => {
      const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
      const total = totalBytes === null ? '?' : megabytes(totalBytes);
      bar.update(receivedBytes, totalBytes ?? receivedBytes, { file, received: megabytes(receivedBytes), total });
    },
  });
  bar.stop();
  const files = report.files.map(({ name, source, bytes, path }) => [name, bytes, source, path]);
  const classes = report.classes.map(({ name, train, test }) => [name, train, test]);
  const text = [
    `${report.title} (${report.licence}), all four files verified`,
    '',
    formatTable(['file', 'bytes', 'found', 'path'], files),
    '',
    formatTable(['class', 'train', 'test'], classes),
    '',
    `split: ${report.splits.train} training, ${report.splits.validation} validation, ${report.splits.test} test images`,
  ].join('\n');
  return { text, json: report };
};
