import type { Argv } from 'yargs';
import { inputForms, outputForms } from '../../../graphs/export/inference-graph.ts';
import { opsets } from '../../../graphs/export/opset.ts';
import { exportFormats } from '../../export/formats.ts';
import { command, type GlobalArguments } from '../command.ts';
import { checkpoint, dir, threads } from '../shared-options.ts';

export interface ExportCommandOptions {
  readonly run: string | undefined;
  readonly format: string[] | undefined;
  readonly opset: number | undefined;
  readonly out: string | undefined;
  readonly verify: boolean;
  readonly input: (typeof inputForms)[number] | undefined;
  readonly output: (typeof outputForms)[number] | undefined;
  readonly checkpoint: 'best' | 'last' | undefined;
  readonly dir: string | undefined;
  readonly threads: number | undefined;
}

export const exportCommand = command({
  usage: 'export <run>',
  description: 'Write a trained model for other runtimes',
  options: (yargs: Argv<GlobalArguments>) =>
    yargs
      .positional('run', { type: 'string', describe: 'Run folder' })
      .option('format', {
        type: 'string',
        array: true,
        nargs: 1,
        alias: 'f',
        requiresArg: true,
        defaultDescription: 'onnx',
        describe: `${exportFormats.join(', ')} or all; may be repeated`,
      })
      .option('opset', {
        type: 'number',
        requiresArg: true,
        defaultDescription: String(opsets.usual),
        describe: `Version of ONNX's operators, ${opsets.oldest} to ${opsets.newest}`,
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        alias: 'o',
        defaultDescription: 'artifacts/exports/<run>',
        describe: 'Folder to write to, a folder per format in it',
      })
      .option('verify', {
        type: 'boolean',
        default: false,
        describe: 'Run what was written on 1,000 test images and compare with the run',
      })
      .option('input', {
        choices: inputForms,
        requiresArg: true,
        defaultDescription: 'bytes',
        describe: 'What the model eats: raw pixels, or pixels that the caller has normalised',
      })
      .option('output', {
        choices: outputForms,
        requiresArg: true,
        defaultDescription: 'both',
        describe: 'What it returns',
      })
      .option('checkpoint', checkpoint)
      .option('dir', dir)
      .option('threads', threads)
      .example('$0 export artifacts/runs/m1-20260101-120000', 'an ONNX file')
      .example('$0 export artifacts/runs/x --format all --verify', 'every format, each run once')
      .example('$0 export artifacts/runs/x -f tfjs -f onnx-int8 --output probabilities', 'for a web page of yours')
      .example('$0 export artifacts/runs/x --format web', 'a web page to try the model on'),
  lists: ['format', 'f'],
  load: async () => (await import('./export-run.ts')).run,
});
