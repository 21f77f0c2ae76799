import { usualDataName } from '../../context.ts';
import { command } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { formatTable } from '../output.ts';

const args = {} as const satisfies Arguments;

const options = {
  dir: {
    type: 'text',
    value: 'FOLDER',
    description: 'The only folder that is looked into; what it lacks is fetched into it',
  },
  offline: { type: 'switch', default: false, description: 'Never touch the network' },
} as const satisfies Options;

export const data = command({
  arguments: args,
  options,
  examples: () => [
    ['data', 'uses what is there, fetches what is not'],
    ['data --dir ~/images', 'fetches it into a folder of your own'],
    ['data --dir ~/images --offline', 'verifies that folder'],
  ],
  savesOnSignal: true,
  run: async ({ dir, offline }, context) => {
    const [{ prepareDataset }, { loadManifest }] = await Promise.all([
      import('../../data/report.ts'),
      import('../../data/manifest.ts'),
    ]);
    const { logger, signal } = context;
    const { withLiveLine } = await import('../terminal/work-screen.ts');
    const manifest = await loadManifest(usualDataName(context));
    const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
    const report = await withLiveLine(
      context.options,
      ({ progress }) =>
        prepareDataset({
          manifest,
          dir,
          fill: true,
          offline,
          logger,
          signal,
          onProgress: ({ file, receivedBytes, totalBytes }) =>
            progress?.({ work: `fetching ${file}`, done: receivedBytes, total: totalBytes, unit: '' }),
        }),
      megabytes,
    );
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
  },
});
