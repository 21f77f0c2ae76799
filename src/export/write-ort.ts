import { readFile, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AtelierError, messageOf } from '../errors.ts';
import { temporaryElsewhere, withTemporaryFolder } from '../files/temporary-folder.ts';
import { InferenceSession } from '../runtime/onnxruntime.ts';
import { versions } from '../training/environment.ts';
import type { Writer } from './artifact.ts';
import { onnxBytes } from './write-onnx.ts';

/**
 * ONNX Runtime's flatbuffer format, which its reduced builds for phones and browsers read. Optimised to the level
 * 'extended': 'all' would fix the memory layout of this machine's processor.
 */
export const writeOrt: Writer = async (subject, { form, opset, threads }) => {
  const notes = { precision: 'float32' };
  const model = onnxBytes(subject, form, opset, subject.graph(form), notes);
  const file = `${subject.model.name}.ort`;
  return {
    files: new Map([[file, await converted(model, threads)]]),
    main: file,
    notes: {
      ...notes,
      opset: String(opset),
      optimization: `level extended, by onnxruntime ${versions().onnxruntime}; older versions may not read it`,
    },
  };
};

async function converted(model: Uint8Array, threads: number): Promise<Uint8Array> {
  // The runtime writes to a path only, and not atomically; so it writes where nobody looks.
  return withTemporaryFolder('ort', async (folder) => {
    const path = join(folder, 'model.ort');
    try {
      const session = await InferenceSession.create(model, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        graphOptimizationLevel: 'extended',
        optimizedModelFilePath: path,
        extra: { session: { save_model_format: 'ORT' } },
        logSeverityLevel: 3,
      });
      await session.release();
      return await readFile(path);
    } catch (error) {
      throw await conversionProblem(error, folder);
    }
  });
}

async function conversionProblem(error: unknown, folder: string): Promise<AtelierError> {
  const options = { code: 'runtime-failed', cause: error } as const;
  const message = messageOf(error);
  if (!message.includes('Failed to save'))
    return new AtelierError(`onnxruntime could not convert the model to its own format: ${message}`, options);
  // It does not say why.
  const { bavail, bsize } = await statfs(folder);
  return new AtelierError(
    `onnxruntime could not write the model in its own format to '${tmpdir()}', where ${bavail * bsize} bytes are free. Free some ` +
      `space there, or check the disk. ${temporaryElsewhere}.`,
    options,
  );
}
