import type { Writer } from './artifact.ts';
import type { ExportFormat } from './formats.ts';
import { writeFloat16, writeInt8, writeOnnx } from './write-onnx.ts';
import { writeOrt } from './write-ort.ts';
import { writeSafetensors } from './write-safetensors.ts';
import { writeTfjs } from './write-tfjs.ts';
import { writeWeb } from './write-web.ts';

/** How each format is made. */
export const writers: Readonly<Record<ExportFormat, Writer>> = {
  onnx: writeOnnx,
  'onnx-fp16': writeFloat16,
  'onnx-int8': writeInt8,
  ort: writeOrt,
  safetensors: writeSafetensors,
  tfjs: writeTfjs,
  web: writeWeb,
};
