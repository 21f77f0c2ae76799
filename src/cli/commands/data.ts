import { usualDataName } from '../../context.ts';
import { recipeFields } from '../../recipe/schema.ts';
import { thousands } from '../../text/numbers.ts';
import { oneLine } from '../../text/printable.ts';
import { type CommandContext, type CommandResult, command, usageError, type Values } from '../command.ts';
import { dataOptionValues, pictureOptions } from '../data-options.ts';
import type { Arguments, Options } from '../options.ts';
import { formatTable } from '../output.ts';

const args = {
  data: {
    default: '',
    description: 'A name (fashion-mnist if left out), a folder of pictures or a table of them (.csv)',
  },
} as const satisfies Arguments;

const exploring = { heading: 'Exploring' } as const;

const options = {
  dir: {
    type: 'text',
    value: 'FOLDER',
    description: 'The only folder that a named data set is looked for in; what it lacks is fetched into it',
  },
  offline: { type: 'switch', default: false, description: 'Never touch the network' },
  explore: {
    ...exploring,
    type: 'switch',
    default: false,
    description: 'Look at all images: sizes, means, duplicates within and across splits, projections; writes a page',
  },
  run: {
    ...exploring,
    type: 'text',
    value: 'RUN',
    description: 'A run of these data: lists the labels that it doubts, and projects what it makes of images',
  },
  out: {
    ...exploring,
    type: 'text',
    alias: 'o',
    value: 'FOLDER',
    defaultText: 'artifacts/explore/NAME',
    description: 'Where to write explore.html, explore.json and figures',
  },
  seed: {
    ...exploring,
    type: 'whole',
    defaultText: '0',
    description: 'Seed of the sample that is projected, and of UMAP',
  },
  ...pictureOptions,
} as const satisfies Options;

export const data = command({
  arguments: args,
  options,
  examples: ({ runs: [run] }) => [
    ['data', 'uses what is there, fetches what is not'],
    ['data --dir ~/images', 'fetches it into a folder of your own'],
    ['data --dir ~/images --offline', 'verifies that folder'],
    ['data photos', 'reads and counts pictures of your own, CLASS/PICTURE'],
    ['data photos --explore', 'looks for duplicates, draws means and projections'],
    [`data --explore --run ${run}`, 'also the labels that a run doubts'],
  ],
  savesOnSignal: true,
  run: async (values, context) => {
    const { datasetNames } = await import('../../data/manifest.ts');
    if (values.explore) return explored(values, context);
    for (const name of ['run', 'out', 'seed'] as const)
      if (values[name] !== undefined) throw usageError([`--${name} goes with --explore.`], 'data');
    const name = values.data === '' ? usualDataName(context) : values.data;
    return (await datasetNames()).includes(name) ? published(name, values, context) : own(name, values, context);
  },
});

type Line = Values<typeof args, typeof options>;

async function published(name: string, { dir, offline }: Line, context: CommandContext): Promise<CommandResult> {
  const [{ prepareDataset }, { loadManifest }] = await Promise.all([
    import('../../data/report.ts'),
    import('../../data/manifest.ts'),
  ]);
  const { logger, signal } = context;
  const { withLiveLine } = await import('../terminal/work-screen.ts');
  const manifest = await loadManifest(name);
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
  const files = report.files.map(({ name: file, source, bytes, path }) => [file, bytes, source, path]);
  const classes = report.classes.map(({ name: className, train, test }) => [className, train, test]);
  const text = [
    `${report.title} (${report.licence ?? 'no licence stated'}), all files verified`,
    '',
    formatTable(['file', 'bytes', 'found', 'path'], files),
    '',
    formatTable(['class', 'train', 'test'], classes),
    '',
    `split: ${report.splits.train} training, ${report.splits.validation} validation, ${report.splits.test} test images`,
  ].join('\n');
  return { text, json: report };
}

/** Pictures are read and decoded as a training would, and kept for it. */
async function own(place: string, values: Line, context: CommandContext): Promise<CommandResult> {
  const { withLiveLine } = await import('../terminal/work-screen.ts');
  const { reportOwnData } = await import('../../data/own/report.ts');
  const report = await withLiveLine(context.options, async (observer) => {
    const request = { dir: values.dir, options: dataOptionValues(values), observer, signal: context.signal };
    return reportOwnData(await context.datasets(place, request), recipeFields.splitSeed.default);
  });
  const { splits } = report;
  const held = splits.test === null ? 'no test images' : `${thousands(splits.test)} test images`;
  const text = [
    `${oneLine(report.path)}: images of ${report.images}, ${report.classes.length} classes`,
    '',
    formatTable(
      ['class', 'train', 'validation', 'test'],
      report.classes.map(({ name, train, validation, test }) => [oneLine(name), train, validation, test ?? '']),
    ),
    '',
    `split: ${thousands(splits.train)} training and ${thousands(splits.validation)} validation images, ${held}`,
  ].join('\n');
  return { text, json: report };
}

async function explored(values: Line, context: CommandContext): Promise<CommandResult> {
  const { datasetNames } = await import('../../data/manifest.ts');
  const { explore } = await import('../../library.ts');
  const { explorationText } = await import('../../report/exploration/exploration-text.ts');
  const { withLiveLine } = await import('../terminal/work-screen.ts');
  const { run, out, seed, dir } = values;
  const ofRun = values.data === '' && run !== undefined;
  const name = values.data === '' ? usualDataName(context) : values.data;
  // Files that are lacking are fetched first, or refused with --offline.
  if (!ofRun && (await datasetNames()).includes(name)) await published(name, values, context);
  const written = await withLiveLine(context.options, (observer) =>
    explore(ofRun ? undefined : name, {
      run,
      out,
      seed,
      dataDirectory: dir,
      options: dataOptionValues(values),
      context,
      observer,
      signal: context.signal,
    }),
  );
  const { exploration, folder, page, json, figures } = written;
  const { warning, text, summary } = explorationText(exploration);
  if (warning !== null) context.logger.warn(`leakage: ${warning}`);
  return {
    text: [text, '', page, json, ...figures].join('\n'),
    json: { ...summary, folder, page, file: json, figures },
  };
}
