/** Forms in which a trained model leaves the project. */
export const exportFormats = ['onnx', 'onnx-fp16', 'onnx-int8', 'ort', 'safetensors', 'tfjs'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export const formatTitles: Readonly<Record<ExportFormat, string>> = {
  onnx: 'ONNX, float32',
  'onnx-fp16': 'ONNX, float16',
  'onnx-int8': 'ONNX, int8 (static quantization, QDQ)',
  ort: "ONNX Runtime's own format",
  safetensors: 'safetensors, PyTorch names',
  tfjs: 'TensorFlow.js layers model',
};

/** True where a format of that name exists. */
export function isExportFormat(name: string): name is ExportFormat {
  return Object.hasOwn(formatTitles, name);
}

/** Formats whose content depends on how images come in and what comes out; safetensors holds weights only. */
export function hasForm(format: ExportFormat): boolean {
  return format !== 'safetensors';
}
