import { basename, join, resolve } from 'node:path';
import { distance } from 'fastest-levenshtein';
import { isOpset, opsets } from '../../../graphs/export/opset.ts';
import { UsageError } from '../../errors.ts';
import { type Exported, exportRun } from '../../export/export-run.ts';
import { type ExportFormat, exportFormats, isExportFormat } from '../../export/formats.ts';
import { textTable } from '../../text/table.ts';
import { threadsOf } from '../../training/environment.ts';
import type { Run } from '../command.ts';
import type { ExportCommandOptions } from './export.ts';

export const run: Run<ExportCommandOptions> = async (options, context) => {
  const { run: path = '', format = ['onnx'], opset = opsets.usual, out, input = 'bytes', output = 'both' } = options;
  const { checkpoint = 'best', verify, dir } = options;
  const formats = requireFormats(format);
  if (!isOpset(opset))
    throw new UsageError(`--opset: expected a whole number from ${opsets.oldest} to ${opsets.newest}, got ${opset}`, {
      code: 'invalid-setting',
    });
  const directory = out ?? join('artifacts', 'exports', basename(resolve(path)));
  const form = { input, output };
  const exported = await exportRun(
    path,
    {
      formats,
      opset,
      out: directory,
      form,
      checkpoint,
      verify,
      threads: threadsOf(options.threads),
      dataDirectory: dir,
    },
    context,
  );
  const text = [
    textTable(
      header(verify),
      exported.map((one) => row(one, verify)),
    ),
    ...skipped(exported),
  ].join('\n');
  return { text, json: exported };
};

/** The formats asked for, each once, in the order in which they are made. */
function requireFormats(names: readonly string[]): readonly ExportFormat[] {
  const wanted = names.flatMap((name) => name.split(',')).map((name) => name.trim());
  for (const name of wanted) {
    if (name === 'all' || isExportFormat(name)) continue;
    const near = exportFormats.find((known) => distance(known, name.toLowerCase()) <= 2);
    throw new UsageError(
      `unknown format '${name}'; there are: ${exportFormats.join(', ')} and all.${near ? ` Did you mean '${near}'?` : ''}`,
      { code: 'unknown-name' },
    );
  }
  return exportFormats.filter((format) => wanted.includes('all') || wanted.includes(format));
}

function header(verified: boolean): readonly string[] {
  return [
    'model',
    'bytes',
    'seconds',
    ...(verified ? ['largest difference', 'accuracy', 'float32', 'same class', 'images/s'] : []),
  ];
}

function row({ directory, main, files, seconds, verification }: Exported, verified: boolean): (string | number)[] {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const cells = [join(directory, main), bytes, seconds.toFixed(2)];
  if (!verified) return cells;
  if (verification === null || typeof verification === 'string') return [...cells, 'not run', '', '', '', ''];
  const { compared, largestDifference, accuracy, referenceAccuracy, agreeing, images, imagesPerSecond } = verification;
  return [
    ...cells,
    `${largestDifference.toExponential(1)} (${compared})`,
    accuracy.toFixed(4),
    referenceAccuracy.toFixed(4),
    `${agreeing}/${images}`,
    imagesPerSecond.toFixed(0),
  ];
}

function skipped(exported: readonly Exported[]): readonly string[] {
  return exported.flatMap(({ format, verification }) =>
    typeof verification === 'string' ? [`${format} was not run: ${verification}`] : [],
  );
}
