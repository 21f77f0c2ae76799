import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { isOpset, opsets } from '../../graphs/export/opset.ts';
import { GraphError } from '../../graphs/ir/types.ts';
import type { Context } from '../context.ts';
import { AtelierError, UsageError } from '../errors.ts';
import { imagesOfSplit } from '../evaluation/trained-model-images.ts';
import { orFailure, type Several } from '../failures.ts';
import { ensureDirectory, writeFileAtomic } from '../files/atomic.ts';
import { type MessageWording, said, setting } from '../message.ts';
import { readRunConfig } from '../training/config/run-config.ts';
import type { CheckpointName } from '../training/run-checkpoint.ts';
import type { RunDataPlace } from '../training/run-data.ts';
import type { WorkObserver } from '../work-observer.ts';
import type { WriteOptions } from './artifact.ts';
import { beginExport, checkExportFolders, type ExportOrigin } from './export-folder.ts';
import { type LabelledImageSet, takeImages } from './feed.ts';
import { type ExportFormat, formOf } from './formats.ts';
import { modelCard } from './model-card.ts';
import { openSubject, type Subject } from './subject.ts';
import { makeTrial, type Trial } from './trial.ts';
import { type Verification, verify } from './verify.ts';
import { writers } from './writers.ts';

/** Formats, their form and their place. */
export interface ExportOptions extends Pick<WriteOptions, 'form' | 'opset' | 'threads'>, Several, RunDataPlace {
  readonly formats: readonly ExportFormat[];
  /** One folder per format is made in it. */
  readonly out: string;
  readonly checkpoint: CheckpointName;
  /** Run what was written and compare. */
  readonly verify: boolean;
  /** Is told of the formats that are done. */
  readonly observer?: WorkObserver | undefined;
}

export interface ExportedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What became of one format. */
export interface Exported {
  readonly format: ExportFormat;
  readonly directory: string;
  /** The file that a runtime is given. */
  readonly main: string;
  readonly files: readonly ExportedFile[];
  readonly notes: Readonly<Record<string, string>>;
  /** What falls short of what the format is chosen for. */
  readonly warnings: readonly string[];
  /** Seconds of making and writing it, verification apart. */
  readonly seconds: number;
  /** null where nobody asked for it; a text says why it could not be done here. */
  readonly verification: Verification | string | null;
}

/** Images that activations' ranges come from, and as many others to choose between ways of reading them off. */
const calibrationCount = 512;
const verificationCount = 1000;
const sampleCount = 100;

/**
 * Exports a run's checkpoint: for each format a folder below `out` with the model, a model card README.md and
 * export.json. An earlier export of the same run is replaced.
 *
 * @throws UsageError for an impossible opset, or where an export of another run or something that is no export is in the
 *   way; AtelierError where the run has no such checkpoint, a format cannot hold the model, or nothing can be written
 */
export async function exportRun(path: string, options: ExportOptions, context: Context): Promise<readonly Exported[]> {
  const { logger, wording } = context;
  const { opset } = options;
  if (!isOpset(opset))
    throw new UsageError(
      said`${setting('opset')}: expected a whole number from ${opsets.oldest} to ${opsets.newest}, got ${opset}`,
      { code: 'invalid-setting' },
    );
  const { model, created } = await readRunConfig(path);
  const origin = { run: basename(resolve(path)), model, created, checkpoint: options.checkpoint };
  const formats = await checkExportFolders(options.out, options.formats, origin, logger, options.onFailure);
  const subject = await openSubject(path, options, context);
  try {
    const writeOptions = {
      ...options,
      calibrationImages: once(() => calibrationImages(subject, options, context)),
      sampleImages: () => heldOutImages(subject, sampleCount, options, context),
    };
    const trial = once(async () =>
      makeTrial(subject, await heldOutImages(subject, verificationCount, options, context)),
    );
    const exported: Exported[] = [];
    const { verify: wanted, observer } = options;
    for (const [done, format] of formats.entries()) {
      const work = `${wanted ? 'exporting and running' : 'exporting'} ${format}`;
      observer?.progress?.({ work, done, total: formats.length, unit: 'formats' });
      const one = await orFailure(format, options.onFailure, () =>
        exportOne(subject, format, options, { ...writeOptions, origin }, trial, wording),
      );
      if (!one) continue;
      const { directory, seconds, files, warnings } = one;
      for (const warning of warnings) logger.warn({ format }, warning);
      logger.info(
        { format, directory, seconds, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) },
        `exported ${directory} in ${seconds.toFixed(2)} s`,
      );
      exported.push(one);
    }
    return exported;
  } finally {
    await subject.reference.release();
  }
}

async function exportOne(
  subject: Subject,
  format: ExportFormat,
  { out, form: wantedForm, verify: wanted }: ExportOptions,
  { origin, ...writeOptions }: WriteOptions & { readonly origin: ExportOrigin },
  trial: () => Promise<Trial>,
  wording: MessageWording,
): Promise<Exported> {
  const started = performance.now();
  const form = formOf(format, wantedForm);
  const artifact = await writers[format](subject, { ...writeOptions, form }).catch((error) => {
    if (!(error instanceof GraphError)) throw error;
    throw new AtelierError(`cannot export ${subject.model.name} as ${format}: ${error.message}`, {
      code: 'cannot-hold-model',
      cause: error,
    });
  });
  const directory = join(out, format);
  await ensureDirectory(directory);
  const finish = await beginExport(directory, origin, [...artifact.files.keys()]);
  const files: ExportedFile[] = [];
  for (const [name, content] of artifact.files) {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    await ensureDirectory(dirname(join(directory, name)));
    await writeFileAtomic(join(directory, name), bytes, 'the exported model');
    files.push({ name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  const seconds = (performance.now() - started) / 1000;

  const { main, notes, warnings = [] } = artifact;
  const verification = wanted ? await verify(format, directory, main, subject, form, await trial()) : null;
  const sizes = new Map(files.map(({ name, bytes }) => [name, bytes]));
  const card = modelCard(subject, { format, form, artifact, sizes, verification, wording });
  await writeFileAtomic(join(directory, 'README.md'), card, 'the model card');
  await finish({ weights: subject.weights, format, main, files, notes, seconds, verification });
  return { format, directory, main, files, notes, warnings, seconds, verification };
}

async function calibrationImages({ config }: Subject, { data, dataDirectory }: ExportOptions, context: Context) {
  const { images, indices } = await imagesOfSplit(config, { split: 'train', data, dataDirectory }, context);
  const half = Math.min(calibrationCount, Math.ceil(indices.length / 2));
  return {
    calibration: await takeImages({ images, indices: indices.subarray(0, half) }),
    // A run on a single image has no other.
    trial: await takeImages({ images, indices: indices.length > half ? indices.subarray(half, 2 * half) : indices }),
  };
}

/** The first of the images that a run is judged by. */
async function heldOutImages(
  { config, heldOut }: Subject,
  count: number,
  { data, dataDirectory }: ExportOptions,
  context: Context,
): Promise<LabelledImageSet> {
  const { images, indices } = await imagesOfSplit(config, { split: heldOut, data, dataDirectory }, context);
  return takeImages({ images, indices: indices.subarray(0, count) });
}

/** Makes a thing when it is first asked for, and hands out the same afterwards. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
