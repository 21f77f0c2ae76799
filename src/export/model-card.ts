import { basename } from 'node:path';
import { summarize } from '../../graphs/models/summary.ts';
import type { ImageShape } from '../data/images.ts';
import { packageVersion } from '../files/package-root.ts';
import { call, said, setting, wordedFor } from '../message.ts';
import { escaped, inlineCode, link } from '../text/markdown.ts';
import { inWords, thousands } from '../text/numbers.ts';
import { markdownTable } from '../text/table.ts';
import type { CardContent } from './card-content.ts';
import { type ExportFormat, formatTitles, hasForm } from './formats.ts';
import {
  describeInput,
  describeOutput,
  dimensionsOf,
  licenceText,
  normalizationFormula,
  shortNormalization,
} from './metadata.ts';
import { howToRun } from './model-card-usage.ts';
import type { Subject } from './subject.ts';

/**
 * The README.md of an exported model (Mitchell et al., Model Cards for Model Reporting, 2019): what it is, what it was
 * made from and how, how good it is, what it is not good for, how to run it.
 */
export function modelCard(subject: Subject, content: CardContent): string {
  const { format, artifact } = content;
  const { dataset, config } = subject;
  const { title } = config.data;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [
      `${escaped(subject.title)} for ${escaped(title)}: ${formatTitles[format]}`,
      [
        `${networkText(subject)} Exported by Atelier ${packageVersion()} from run ${inlineCode(subject.name)}, ` +
          `${subject.checkpoint} checkpoint (after epoch ${subject.weights.epoch}, step ${thousands(subject.weights.step)}).`,
      ],
    ],
    [
      'Files',
      markdownTable(
        ['file', 'bytes'],
        [...content.sizes].map(([name, bytes]) => [`\`${name}\``, bytes]),
      ),
    ],
    ['How it was exported', list(Object.entries(artifact.notes))],
    ['Input and output', inputAndOutput(subject, content)],
    ['How to run it', howToRun(subject, content)],
    ['Metrics', metrics(subject, content)],
    ['Data', data(subject)],
    ['Recipe', recipe(subject)],
    ['Limits', limits(subject, format)],
    [
      'Licence',
      [
        `Model and code: MIT. Training data: ${escaped(title)}${dataset.licence ? `, ${escaped(licenceText(dataset.licence))}` : ''}.` +
          `${dataset.citation === undefined ? '' : ` ${escaped(dataset.citation)}.`}`,
      ],
    ],
  ];
  return `${sections.map(([title, lines], i) => `${i === 0 ? '#' : '##'} ${title}\n\n${lines.join('\n')}`).join('\n\n')}\n`;
}

/** What the network is and does. */
function networkText({ model, config, dataset }: Subject): string {
  const { layers, parameters } = summarize(model);
  const has = (layer: string) => layers.some(({ description }) => description.startsWith(layer));
  // A vision transformer cuts its patches with a convolution, too.
  const kind = has('Conv2d') && !has('MultiheadAttention') ? 'convolutional network' : 'network';
  const { height, width } = model.input;
  const things = dataset.things === undefined ? '' : ` of ${escaped(dataset.things)}`;
  return (
    `A ${kind} of ${thousands(parameters)} parameters that sorts ${height}x${width} ${colouring(model.input)} images${things} into ` +
    `${config.data.classes.length} classes.`
  );
}

/** `grey`, `colour`. */
function colouring({ channels }: ImageShape): string {
  if (channels === 1) return 'grey';
  return channels === 3 ? 'colour' : `${channels}-channel`;
}

function inputAndOutput(subject: Subject, { format, form }: CardContent): readonly string[] {
  const { model, config, dataset, normalization } = subject;
  const classes = config.data.classes.map((name, i) => `${i} ${escaped(name)}`).join(', ');
  if (!hasForm(format))
    return [
      `Weights only. The network takes float32[batch,${dimensionsOf(model.input).join(',')}], normalised: ` +
        `${normalizationFormula(normalization)}, and returns logits float32[batch,${model.classes}].`,
      '',
      `Classes: ${classes}.`,
    ];
  const layout = format === 'tfjs' ? 'channels-last' : 'channels-first';
  return [
    `- Input \`images\`: ${describeInput(subject, form, layout)}.${dataset.appearance ? ` ${escaped(dataset.appearance)}.` : ''}`,
    `- Output: ${describeOutput(form)}, float32[batch,${model.classes}].`,
    ...(form.layers === true ? ['- And the activations of each layer, float32[batch,…], under its name.'] : []),
    '',
    `Classes: ${classes}.`,
  ];
}

function metrics(
  { metrics: known, checkpoint, heldOut, reference }: Subject,
  { verification, wording }: Pick<CardContent, 'verification' | 'wording'>,
): readonly string[] {
  const again = { run: reference.run.path, checkpoint: checkpoint === 'best' ? null : checkpoint };
  const evaluation = wordedFor(said`${call('evaluate', again)}`, wording);
  const evaluated =
    known.length === 0
      ? [`The run has not been evaluated at this checkpoint: ${inlineCode(evaluation)}, then export again.`]
      : [
          `The float32 run, ${checkpoint} checkpoint:`,
          '',
          ...markdownTable(
            ['split', 'images', 'accuracy', 'most frequent class alone', 'balanced accuracy', 'macro F1', 'loss'],
            known.map(({ split, count, accuracy, majority, balancedAccuracy, macro, loss }) => [
              split,
              count,
              accuracy.toFixed(4),
              `${majority.accuracy.toFixed(4)} (${escaped(majority.class)})`,
              balancedAccuracy.toFixed(4),
              macro.f1.toFixed(4),
              loss.toFixed(4),
            ]),
          ),
          '',
          'The most frequent class alone: the accuracy of a model that always answers with it. Balanced accuracy: the mean of the recalls of the classes.',
        ];
  if (verification === null)
    return [
      ...evaluated,
      '',
      wordedFor(said`This file has not been run since it was exported (\`${setting('verify')}\`).`, wording),
    ];
  if (typeof verification === 'string') return [...evaluated, '', `This file could not be run here: ${verification}.`];
  const { runtime, images, compared, largestDifference, accuracy, referenceAccuracy, agreeing } = verification;
  return [
    ...evaluated,
    '',
    `This file on the first ${thousands(images)} ${heldOut} images in ${runtime}: accuracy ${accuracy.toFixed(4)} ` +
      `(the float32 run: ${referenceAccuracy.toFixed(4)}), ${thousands(agreeing)} images in the same class, largest ` +
      `difference of ${compared} ${largestDifference.toPrecision(3)}.`,
  ];
}

function data({ dataset, config }: Subject): readonly string[] {
  const { limits } = config;
  const { images, title } = config.data;
  const used = `${thousands(limits.train ?? images.train)} training and ${thousands(limits.validation ?? images.validation)} validation images`;
  const name = dataset.homepage === undefined ? escaped(title) : link(title, dataset.homepage);
  const [division, available] =
    dataset.counts.validation === undefined
      ? [`, split with seed ${config.recipe.splitSeed}`, thousands(images.train + images.validation)]
      : ['', `${thousands(images.train)} and ${thousands(images.validation)}`];
  const test =
    images.test === null ? 'it has no test images' : `the ${thousands(images.test)} test images were held out`;
  return [`${name}${division}: ${used} of its ${available}; ${test}.`];
}

function recipe({ config, normalization }: Subject): readonly string[] {
  const { recipe: used, initFrom, initTensors } = config;
  const anew = initTensors?.anew.map(({ name }) => inlineCode(name)) ?? [];
  const butFor = anew.length === 0 ? '' : `, but for ${anew.join(', ')}`;
  const { optimizer, schedule, epochs, batchSize, seed, dropout, augmentation } = used;
  const { name, ...numbers } = optimizer;
  const { name: scheduleName, ...scheduleNumbers } = schedule;
  const plain = (values: Readonly<Record<string, unknown>>) =>
    Object.entries(values)
      .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(', ') : String(value)}`)
      .join(', ');
  return list([
    ['epochs', `${epochs} planned, the checkpoint's own is above`],
    ['batch size', String(batchSize)],
    ['optimizer', `${name} (${plain(numbers)})`],
    ['learning rate', [scheduleName, plain(scheduleNumbers)].filter((text) => text !== '').join(': ')],
    ['dropout', dropout.length === 0 ? 'none' : dropout.join(', ')],
    ['augmentation', augmentation === null ? 'none' : plain({ ...augmentation })],
    ['normalization', plain(shortNormalization(normalization))],
    ['seed', String(seed)],
    ['started from', initFrom === null ? 'random weights' : `${inlineCode(basename(initFrom))}${butFor}`],
  ]);
}

function limits({ metrics: known, model, config, dataset, heldOut }: Subject, format: ExportFormat): readonly string[] {
  const judged = known.find(({ split }) => split === heldOut);
  const weakest = judged?.classes.toSorted((a, b) => a.f1 - b.f1)[0];
  const kinds = inWords(model.classes);
  const { height, width } = model.input;
  return [
    `- It knows ${kinds} ${dataset.things === undefined ? 'classes of images' : `kinds of ${escaped(dataset.things)}`}` +
      `${dataset.setting === undefined ? '' : ` ${escaped(dataset.setting)}`}, ${height}x${width}, ${colouring(model.input)}. Photographs ` +
      `need the same preparation, and whatever is none of the ${kinds} gets one of their names all the same.`,
    ...(weakest
      ? [`- Its weakest class is ${escaped(weakest.name)}: F1 ${weakest.f1.toFixed(4)} on the ${heldOut} images.`]
      : []),
    '- Its probabilities are not calibrated: a high one is no promise.',
    ...(format === 'onnx-int8'
      ? [`- Ranges of activations come from ${escaped(config.data.title)}; images unlike these saturate them.`]
      : []),
  ];
}

function list(entries: readonly (readonly [string, string])[]): readonly string[] {
  return entries.map(([key, text]) => `- ${key}: ${text}`);
}
