import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { distinctLayers } from '../../graphs/export/distinct-layers.ts';
import { summarize } from '../../graphs/models/summary.ts';
import { unlike } from '../data/look.ts';
import { areDark } from '../data/pictures-ground.ts';
import { takesPictures } from '../data/pictures-planes.ts';
import { AtelierError, hasCode } from '../errors.ts';
import { toJson } from '../files/json.ts';
import { packageRoot, packageVersion } from '../files/package-root.ts';
import { preparation, said } from '../message.ts';
import { mapPalette } from '../rendering/activations/color-map.ts';
import { type PageModel, pageFiles } from '../web/page-model.ts';
import type { Writer } from './artifact.ts';
import type { LabelledImageSet } from './feed.ts';
import type { Subject } from './subject.ts';
import { onnxBytes } from './write-onnx.ts';

/** Where `npm run build` puts the page without a model. */
const builtPage = () => join(packageRoot(), 'dist', 'web');

/** A folder for any static server: the page as it was built, this model, and test images to try it on. */
export const writeWeb: Writer = async (subject, { form, opset, sampleImages }) => {
  const { channels } = subject.model.input;
  if (!takesPictures(channels))
    throw new AtelierError(
      `cannot export ${subject.model.name} as web: it takes images of ${channels} channels, and a page shows those of 1 (grey) or 3 (red, green, blue).`,
      { code: 'cannot-hold-model' },
    );
  const [page, samples] = await Promise.all([readPage(builtPage()), sampleImages()]);
  const notes = { precision: 'float32' };
  return {
    files: new Map<string, Uint8Array | string>([
      ...page,
      [pageFiles.model, onnxBytes(subject, form, opset, subject.graph(form), notes)],
      [pageFiles.about, `${toJson(pageModel(subject, samples), pageFiles.about, 2)}\n`],
      [pageFiles.samples, samples.images],
    ]),
    main: pageFiles.page,
    notes: {
      ...notes,
      opset: String(opset),
      runtime: 'onnxruntime-web, WebAssembly, one thread',
      samples: `${pageFiles.samples} holds the first ${samples.count} ${subject.heldOut} images, ${sampleType(samples)}`,
    },
  };
};

/** `uint8[count,height,width]`; of several channels `uint8[count,channels,height,width]`. */
function sampleType({ count, shape }: LabelledImageSet): string {
  const { channels, height, width } = shape;
  return `uint8[${[count, ...(channels === 1 ? [] : [channels]), height, width].join()}]`;
}

function pageModel(subject: Subject, samples: LabelledImageSet): PageModel {
  const { model, config, dataset, metrics, heldOut } = subject;
  const layers = distinctLayers(model);
  const [figure = ''] = model.figureLayers;
  const first = layers.find(({ name, alias }) => name === figure || alias === figure) ?? layers[0];
  return {
    title: subject.title,
    model: model.name,
    dataset: config.data.title,
    run: subject.name,
    checkpoint: subject.checkpoint,
    epoch: subject.weights.epoch,
    parameters: summarize(model).parameters,
    producer: `Atelier ${packageVersion()}`,
    metrics: metrics.map(({ split, count, accuracy, macro }) => ({ split, count, accuracy, macroF1: macro.f1 })),
    shape: model.input,
    things: dataset.things ?? null,
    lightOnBlack: knowsLightOnBlack(subject),
    preparation: config.data.origin?.preparation ?? null,
    classes: config.data.classes,
    layers,
    firstLayer: first?.name ?? '',
    sampleSplit: heldOut,
    sampleLabels: Array.from(samples.labels),
    colors: Buffer.from(mapPalette).toString('hex'),
  };
}

/** Whether pictures on light grounds are to be negated; of those in colour the negative is no picture that anybody knows. */
function knowsLightOnBlack({ config, normalization, model }: Subject): boolean {
  const { look } = config.data;
  return look
    ? model.input.channels === 1 && unlike({ isLight: true, isColoured: false }, look).ground !== undefined
    : areDark([normalization.mean].flat());
}

/** Every file of the built page. Throws AtelierError where it has not been built. */
async function readPage(folder: string): Promise<readonly (readonly [string, Uint8Array])[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const files = paths
      .toSorted()
      .map(async (path) => [relative(folder, path).split(sep).join('/'), await readFile(path)] as const);
    const page = await Promise.all(files);
    const lacking = [pageFiles.page, pageFiles.runtime].filter((name) => !page.some(([found]) => found === name));
    if (lacking.length === 0) return page;
    throw new AtelierError(
      said`the page in '${folder}' is incomplete: it lacks ${lacking.join(', ')}. Build it: ${preparation('page')}`,
      { code: 'not-built' },
    );
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new AtelierError(
      said`the page for the export has not been built: expected it in '${folder}'. Build it: ${preparation('page')}`,
      { code: 'not-built', cause: error },
    );
  }
}
