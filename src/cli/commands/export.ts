import { basename, join, resolve } from 'node:path';
import { inputForms, outputForms } from '../../../graphs/export/inference-graph.ts';
import { opsets } from '../../../graphs/export/opset.ts';
import type { Exported } from '../../export/export-run.ts';
import { exportFormats, formatsOf } from '../../export/formats.ts';
import { exportRun } from '../../library.ts';
import { command } from '../command.ts';
import { Failures } from '../failures.ts';
import type { Arguments, Options } from '../options.ts';
import { formatTable } from '../output.ts';
import { checkpoint, data, dir, threads } from '../shared-options.ts';

const args = { run: { description: 'Run folder' } } as const satisfies Arguments;

const options = {
  format: {
    type: 'text',
    value: 'NAMES',
    many: true,
    alias: 'f',
    defaultText: 'onnx',
    description: `${exportFormats.join(', ')} or all; may be repeated`,
  },
  opset: {
    type: 'whole',
    defaultText: String(opsets.usual),
    description: `Version of ONNX's operators, ${opsets.oldest} to ${opsets.newest}`,
  },
  out: {
    type: 'text',
    value: 'FOLDER',
    alias: 'o',
    defaultText: 'artifacts/exports/<run>',
    description: 'Folder to write to, a folder per format in it',
  },
  verify: {
    type: 'switch',
    default: false,
    description:
      'Run what was written on 1,000 test images, or as many as it classifies in a minute, and compare with the run',
  },
  input: {
    type: 'choice',
    choices: inputForms,
    defaultText: 'bytes',
    description: 'What the model eats: raw pixels, or pixels that the caller has normalised',
  },
  output: { type: 'choice', choices: outputForms, defaultText: 'both', description: 'What it returns' },
  checkpoint,
  data,
  dir,
  threads,
} as const satisfies Options;

export const exportCommand = command({
  arguments: args,
  options,
  examples: ({ runs: [run] }) => [
    [`export ${run}`, 'an ONNX file'],
    ['export artifacts/runs/x --format all --verify', 'every format, each run once'],
    ['export artifacts/runs/x -f tfjs -f onnx-int8 --output probabilities', 'for a web page of yours'],
    ['export artifacts/runs/x --format web', 'a web page to try the model on'],
  ],
  run: async (options, context) => {
    const { run: path, format = ['onnx'], opset = opsets.usual, input = 'bytes', output = 'both' } = options;
    const { checkpoint = 'best', verify, data: dataPlace, dir: dataDirectory, threads } = options;
    const { withLiveLine } = await import('../terminal/work-screen.ts');
    const formats = formatsOf(format.flatMap((names) => names.split(',')).map((name) => name.trim()));
    const failures = new Failures(formats.length, 'formats', context);
    const exporting = {
      formats,
      onFailure: failures.onFailure,
      opset,
      out: options.out ?? join('artifacts', 'exports', basename(resolve(path))),
      form: { input, output },
      checkpoint,
      verify,
      data: dataPlace,
      dataDirectory,
      threads,
      context,
    };
    const exported = await withLiveLine(context.options, (observer) => exportRun(path, { ...exporting, observer }));
    const rows = exported.map((one) => row(one, verify));
    return failures.with({
      text: [formatTable(header(verify), rows), ...skipped(exported)].join('\n'),
      json: exported,
    });
  },
});

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
