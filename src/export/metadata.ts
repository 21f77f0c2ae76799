import type { ExportForm } from '../../graphs/export/inference-graph.ts';
import { toJson } from '../files/json.ts';
import { packageVersion } from '../files/package-root.ts';
import type { Subject } from './subject.ts';

/** What an exported file says about itself: plain texts, lists and objects as JSON. */
export type Metadata = Readonly<Record<string, string>>;

/** What every format says: model, classes, normalization, data, metrics, licence, origin. */
export function commonMetadata(subject: Subject): Metadata {
  const { config, model, title, dataset } = subject;
  const json = (value: unknown) => toJson(value, 'the metadata');
  return {
    model: model.name,
    title,
    classes: json(dataset.classes),
    normalization: json(config.recipe.normalization),
    dataset: dataset.licence ? `${dataset.title} (${licenceText(dataset.licence)})` : dataset.title,
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
    epoch: String(subject.epoch),
    licence: 'MIT',
    producer: `atelier ${packageVersion()}`,
  };
}

/** `MIT, Zalando SE` */
export function licenceText({ spdx, holder }: NonNullable<Subject['dataset']['licence']>): string {
  return `${spdx}, ${holder}`;
}

/** What a format with an input and outputs says besides. */
export function formMetadata(subject: Subject, form: ExportForm): Metadata {
  return { ...commonMetadata(subject), input: describeInput(subject, form), output: describeOutput(form) };
}

/** The input in words; `layout` is how an image's dimensions are ordered. */
export function describeInput(
  { model, config }: Subject,
  { input }: ExportForm,
  layout: 'channels-first' | 'channels-last' = 'channels-first',
): string {
  const { channels, height, width } = model.input;
  const shape = layout === 'channels-first' ? [channels, height, width] : [height, width, channels];
  const { mean, std } = config.recipe.normalization;
  if (input === 'normalized')
    return `float32[batch,${shape.join(',')}], normalised by the caller: (pixel / 255 - ${mean}) / ${std}`;
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
