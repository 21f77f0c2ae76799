import type { ExportForm } from '../../graphs/export/inference-graph.ts';
import type { Normalization } from '../../graphs/programs/preprocess.ts';
import type { ImageShape } from '../data/images.ts';
import { usualPreparation } from '../data/own/origin.ts';
import { toJson } from '../files/json.ts';
import { packageVersion } from '../files/package-root.ts';
import type { Subject } from './subject.ts';

/** What an exported file says about itself: plain texts, lists and objects as JSON. */
export type Metadata = Readonly<Record<string, string>>;

/** What every format says: model, classes, normalization, data, metrics, licence, origin. */
export function commonMetadata(subject: Subject): Metadata {
  const { config, model, title, dataset } = subject;
  const { data } = config;
  const json = (value: unknown) => toJson(value, 'the metadata');
  return {
    model: model.name,
    title,
    classes: json(data.classes),
    normalization: json(shortNormalization(subject.normalization)),
    preparation: json(preparationOf(config.data)),
    dataset: dataset.licence ? `${data.title} (${licenceText(dataset.licence)})` : data.title,
    metrics: json(
      Object.fromEntries(
        subject.metrics.map(({ split, count, accuracy, loss, macro }) => [
          split,
          { count, accuracy, loss, macroF1: macro.f1 },
        ]),
      ),
    ),
    run: subject.name,
    checkpoint: subject.checkpoint,
    epoch: String(subject.weights.epoch),
    step: String(subject.weights.step),
    weights_sha256: subject.weights.sha256,
    licence: 'MIT',
    producer: `atelier ${packageVersion()}`,
  };
}

/** How pictures became the images that the model knows, and so what a caller does to others. */
export function preparationOf({ shape, origin }: Subject['config']['data']) {
  const { height, width, channels } = shape;
  const { resize, background } = origin?.preparation ?? usualPreparation;
  const filter = origin?.preparation ? 'bilinear' : 'area';
  return { height, width, colours: channels === 1 ? 'grey' : 'rgb', resize, filter, background };
}

/** `MIT, Zalando SE` */
export function licenceText({ spdx, holder }: NonNullable<Subject['dataset']['licence']>): string {
  return `${spdx}, ${holder}`;
}

/** What a format with an input and outputs says besides. */
export function formMetadata(subject: Subject, form: ExportForm): Metadata {
  return { ...commonMetadata(subject), input: describeInput(subject, form), output: describeOutput(form) };
}

/** The numbers of a normalization as people write them: of one channel without a list around. */
export function shortNormalization({
  mean,
  std,
}: Normalization): Readonly<Record<'mean' | 'std', number | readonly number[]>> {
  const short = (numbers: readonly number[]) => (numbers.length === 1 ? (numbers[0] ?? 0) : numbers);
  return { mean: short(mean), std: short(std) };
}

/** What a caller does to a pixel who normalises it: `(pixel / 255 - 0.286) / 0.353`. */
export function normalizationFormula({ mean, std }: Normalization): string {
  const written = (numbers: readonly number[]) =>
    numbers.length === 1 ? String(numbers[0]) : `[${numbers.join(', ')}]`;
  const each = mean.length === 1 ? '' : ', a number for each channel';
  return `(pixel / 255 - ${written(mean)}) / ${written(std)}${each}`;
}

/** The dimensions of one image. */
export function dimensionsOf(
  { channels, height, width }: ImageShape,
  layout: 'channels-first' | 'channels-last' = 'channels-first',
): readonly number[] {
  return layout === 'channels-first' ? [channels, height, width] : [height, width, channels];
}

/** The input in words; `layout` is how an image's dimensions are ordered. */
export function describeInput(
  { model, normalization }: Subject,
  { input }: ExportForm,
  layout: 'channels-first' | 'channels-last' = 'channels-first',
): string {
  const shape = dimensionsOf(model.input, layout);
  if (input === 'normalized')
    return `float32[batch,${shape.join(',')}], normalised by the caller: ${normalizationFormula(normalization)}`;
  const type = layout === 'channels-first' ? 'uint8' : 'float32';
  return `${type}[batch,${shape.join(',')}], raw pixels from 0 (black) to 255 (white)`;
}

export function describeOutput({ output }: ExportForm): string {
  switch (output) {
    case 'logits':
      return 'logits';
    case 'probabilities':
      return 'probabilities';
    case 'both':
      return 'logits and probabilities';
  }
}
