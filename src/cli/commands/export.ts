import { inputForms, outputForms } from '../../../graphs/export/inference-graph.ts';
import { opsets } from '../../../graphs/export/opset.ts';
import { exportFormats } from '../../export/formats.ts';
import { command, type Values } from '../command.ts';
import type { Arguments, Options } from '../options.ts';
import { checkpoint, dir, threads } from '../shared-options.ts';

const args = { run: { description: 'Run folder' } } as const satisfies Arguments;

const options = {
  format: {
    type: 'text',
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
    alias: 'o',
    defaultText: 'artifacts/exports/<run>',
    description: 'Folder to write to, a folder per format in it',
  },
  verify: {
    type: 'switch',
    default: false,
    description: 'Run what was written on 1,000 test images and compare with the run',
  },
  input: {
    type: 'choice',
    choices: inputForms,
    defaultText: 'bytes',
    description: 'What the model eats: raw pixels, or pixels that the caller has normalised',
  },
  output: { type: 'choice', choices: outputForms, defaultText: 'both', description: 'What it returns' },
  checkpoint,
  dir,
  threads,
} as const satisfies Options;

export type ExportCommandOptions = Values<typeof args, typeof options>;

export const exportCommand = command({
  name: 'export',
  description: 'Write a trained model for other runtimes',
  arguments: args,
  options,
  examples: [
    ['export artifacts/runs/m1-20260101-120000', 'an ONNX file'],
    ['export artifacts/runs/x --format all --verify', 'every format, each run once'],
    ['export artifacts/runs/x -f tfjs -f onnx-int8 --output probabilities', 'for a web page of yours'],
    ['export artifacts/runs/x --format web', 'a web page to try the model on'],
  ],
  load: async () => (await import('./export-run.ts')).run,
});
