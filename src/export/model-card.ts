import { basename } from 'node:path';
import type { ExportForm } from '../../graphs/export/inference-graph.ts';
import { packageVersion } from '../files/package-root.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import type { Artifact } from './artifact.ts';
import { type ExportFormat, formatTitles, hasForm } from './formats.ts';
import { describeInput, describeOutput, licenceText } from './metadata.ts';
import { howToRun } from './model-card-usage.ts';
import type { Subject } from './subject.ts';
import type { Verification } from './verify.ts';

export interface CardContent {
  readonly format: ExportFormat;
  readonly form: ExportForm;
  readonly artifact: Artifact;
  /** Bytes by file name. */
  readonly sizes: ReadonlyMap<string, number>;
  /** null where nobody asked for it; a text says why it could not be done. */
  readonly verification: Verification | string | null;
}

/**
 * The README.md of an exported model (Mitchell et al., Model Cards for Model Reporting, 2019): what it is, what it was
 * made from and how, how good it is, what it is not good for, how to run it.
 */
export function modelCard(subject: Subject, content: CardContent): string {
  const { format, artifact } = content;
  const { dataset, config, model } = subject;
  const parameters = model.network.parameters.reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [
      `${subject.title} for ${dataset.title}: ${formatTitles[format]}`,
      [
        `A convolutional network of ${thousands(parameters)} parameters that sorts 28x28 grey images of clothes into ` +
          `${dataset.classes.length} classes. Exported by Atelier ${packageVersion()} from run \`${subject.name}\`, ` +
          `${subject.checkpoint} checkpoint (after epoch ${subject.epoch}, step ${thousands(subject.step)}).`,
      ],
    ],
    [
      'Files',
      table(
        ['file', 'bytes'],
        [...content.sizes].map(([name, bytes]) => [`\`${name}\``, thousands(bytes)]),
      ),
    ],
    ['How it was exported', list(Object.entries(artifact.notes))],
    ['Input and output', inputAndOutput(subject, content)],
    ['How to run it', howToRun(subject, content)],
    ['Metrics', metrics(subject, content.verification)],
    ['Data', data(subject)],
    ['Recipe', recipe(config)],
    ['Limits', limits(subject, format)],
    [
      'Licence',
      [
        `Model and code: MIT. Training data: ${dataset.title}${dataset.licence ? `, ${licenceText(dataset.licence)}` : ''}.` +
          `${dataset.citation === undefined ? '' : ` ${dataset.citation}.`}`,
      ],
    ],
  ];
  return `${sections.map(([title, lines], i) => `${i === 0 ? '#' : '##'} ${title}\n\n${lines.join('\n')}`).join('\n\n')}\n`;
}

function inputAndOutput(subject: Subject, { format, form }: CardContent): readonly string[] {
  const classes = subject.dataset.classes.map((name, i) => `${i} ${name}`).join(', ');
  const { mean, std } = subject.config.recipe.normalization;
  if (!hasForm(format))
    return [
      `Weights only. The network takes float32[batch,1,28,28], normalised: (pixel / 255 - ${mean}) / ${std}, and returns ` +
        'logits float32[batch,10].',
      '',
      `Classes: ${classes}.`,
    ];
  const layout = format === 'tfjs' ? 'channels-last' : 'channels-first';
  return [
    `- Input \`images\`: ${describeInput(subject, form, layout)}. White clothes on black ground.`,
    `- Output: ${describeOutput(form)}, float32[batch,${subject.dataset.classes.length}].`,
    ...(form.layers === true ? ['- And the activations of each layer, float32[batch,…], under its name.'] : []),
    '',
    `Classes: ${classes}.`,
  ];
}

function metrics(
  { metrics: known, checkpoint }: Subject,
  verification: CardContent['verification'],
): readonly string[] {
  const evaluated =
    known.length === 0
      ? ['The run has not been evaluated at this checkpoint: `npx atelier evaluate RUN`, then export again.']
      : [
          `The float32 run, ${checkpoint} checkpoint:`,
          '',
          ...table(
            ['split', 'images', 'accuracy', 'macro F1', 'loss'],
            known.map(({ split, count, accuracy, macro, loss }) => [
              split,
              thousands(count),
              accuracy.toFixed(4),
              macro.f1.toFixed(4),
              loss.toFixed(4),
            ]),
          ),
        ];
  if (verification === null)
    return [...evaluated, '', 'This file has not been run since it was exported (`--verify`).'];
  if (typeof verification === 'string') return [...evaluated, '', `This file could not be run here: ${verification}.`];
  const { runtime, images, compared, largestDifference, accuracy, referenceAccuracy, agreeing } = verification;
  return [
    ...evaluated,
    '',
    `This file on the first ${thousands(images)} test images in ${runtime}: accuracy ${accuracy.toFixed(4)} ` +
      `(the float32 run: ${referenceAccuracy.toFixed(4)}), ${thousands(agreeing)} images in the same class, largest ` +
      `difference of ${compared} ${largestDifference.toPrecision(3)}.`,
  ];
}

function data({ dataset, config }: Subject): readonly string[] {
  const { limits } = config;
  const { images } = config.data;
  const used = `${thousands(limits.train ?? images.train)} training and ${thousands(limits.validation ?? images.validation)} validation images`;
  return [
    `[${dataset.title}](${dataset.homepage}), split with seed ${config.recipe.splitSeed}: ${used} of its 60,000; the ` +
      '10,000 test images were held out.',
  ];
}

function recipe({ recipe: used, initFrom }: RunConfig): readonly string[] {
  const { optimizer, schedule, epochs, batchSize, seed, dropout, augmentation, normalization } = used;
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
    ['dropout', dropout.join(', ')],
    ['augmentation', augmentation === null ? 'none' : plain({ ...augmentation })],
    ['normalization', plain({ ...normalization })],
    ['seed', String(seed)],
    ['started from', initFrom === null ? 'random weights' : basename(initFrom)],
  ]);
}

function limits({ metrics: known }: Subject, format: ExportFormat): readonly string[] {
  const test = known.find(({ split }) => split === 'test');
  const weakest = test?.classes.toSorted((a, b) => a.f1 - b.f1)[0];
  return [
    '- It knows ten kinds of clothes on black ground, centred, 28x28, grey. Photographs need the same preparation, and ' +
      'whatever is none of the ten gets one of their names all the same.',
    ...(weakest ? [`- Its weakest class is ${weakest.name}: F1 ${weakest.f1.toFixed(4)} on the test images.`] : []),
    '- Its probabilities are not calibrated: a high one is no promise.',
    ...(format === 'onnx-int8'
      ? ['- Ranges of activations come from Fashion-MNIST; images unlike these saturate them.']
      : []),
  ];
}

function list(entries: readonly (readonly [string, string])[]): readonly string[] {
  return entries.map(([key, text]) => `- ${key}: ${text}`);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [header, header.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

function thousands(number: number): string {
  return number.toLocaleString('en');
}
