import type { ExportForm } from '../../graphs/export/inference-graph.ts';
import { UsageError } from '../errors.ts';
import { nearest } from '../text/nearest.ts';

/**
 * Forms in which a trained model leaves the project.
 *
 * @example
 * ```ts
 * await exportRun(run, { out: 'exports', formats: exportFormats });
 * ```
 */
export const exportFormats = ['onnx', 'onnx-fp16', 'onnx-int8', 'ort', 'safetensors', 'tfjs', 'web'] as const;
/** One of {@link exportFormats}. */
export type ExportFormat = (typeof exportFormats)[number];

export const formatTitles: Readonly<Record<ExportFormat, string>> = {
  onnx: 'ONNX, float32',
  'onnx-fp16': 'ONNX, float16',
  'onnx-int8': 'ONNX, int8 (static quantization, QDQ)',
  ort: "ONNX Runtime's own format",
  safetensors: 'safetensors, PyTorch names',
  tfjs: 'TensorFlow.js layers model',
  web: 'web page',
};

/**
 * Formats by name, each once, in the order in which they are made; `all` stands for every one.
 *
 * @throws UsageError for an unknown name
 */
export function formatsOf(names: readonly string[]): readonly ExportFormat[] {
  for (const name of names) {
    if (name === 'all' || isExportFormat(name)) continue;
    const near = nearest(name, [...exportFormats, 'all']);
    const hint = near === undefined ? '' : ` Did you mean '${near}'?`;
    throw new UsageError(`unknown format '${name}'; there are: ${exportFormats.join(', ')} and all.${hint}`, {
      code: 'unknown-name',
    });
  }
  return exportFormats.filter((format) => names.includes('all') || names.includes(format));
}

/** True where a format of that name exists. */
export function isExportFormat(name: string): name is ExportFormat {
  return Object.hasOwn(formatTitles, name);
}

/** Formats whose content depends on how images come in and what comes out; safetensors holds weights only. */
export function hasForm(format: ExportFormat): boolean {
  return format !== 'safetensors';
}

/** What the page's own code feeds and reads. */
const pageForm: ExportForm = { input: 'bytes', output: 'both', layers: true };

/** The form that a format has where another was asked for: the page's model is the page's affair. */
export function formOf(format: ExportFormat, form: ExportForm): ExportForm {
  return format === 'web' ? pageForm : form;
}
