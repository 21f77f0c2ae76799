import type { Context } from '../../context.ts';
import { imageSize } from '../../data/images.ts';
import { readPicture } from '../../data/pictures.ts';
import { UsageError } from '../../errors.ts';
import { openTrainedModel, type TrainedModel } from '../../evaluation/trained-model.ts';
import { imagesOfSplit } from '../../evaluation/trained-model-images.ts';
import { readRunConfig } from '../../training/config/run-config.ts';
import { threadsOf } from '../../training/environment.ts';
import type { Run } from '../command.ts';
import { formatTable } from '../output.ts';
import type { PredictOptions } from './predict.ts';

/** Something to classify. */
interface Question {
  /** As it was asked for, or 'test image 17'. */
  readonly name: string;
  /** uint8 [channels * height * width] */
  readonly pixels: Uint8Array;
  /** Number of the true class, of images of the data set. */
  readonly truth?: number;
}

interface Answer {
  readonly image: string;
  /** Most probable first. */
  readonly top: readonly { readonly class: string; readonly probability: number }[];
  readonly truth?: string;
}

const batchSize = 500;

export const run: Run<PredictOptions> = async (options, context) => {
  const { run: path = '', top = 3, checkpoint = 'best' } = options;
  const { classes } = (await readRunConfig(path)).data;
  if (!Number.isInteger(top) || top < 1 || top > classes.length)
    throw new UsageError(
      `--top: expected a whole number from 1 to ${classes.length}, the number of classes, got ${top}`,
    );
  const model = await openTrainedModel(path, { checkpoint, threads: threadsOf(options.threads) }, context);
  try {
    const questions = await collect(model, options, context);
    const answers: Answer[] = [];
    for (let start = 0; start < questions.length; start += batchSize)
      answers.push(...(await ask(model, questions.slice(start, start + batchSize), classes, top)));
    return { text: table(answers), json: { run: path, model: model.config.model, checkpoint, images: answers } };
  } finally {
    await model.release();
  }
};

/** The pixels of all that was asked for, in its order. The data set is only loaded where a number asks for it. */
async function collect(
  { config }: TrainedModel,
  { images = [], invert, split = 'test', dir }: PredictOptions,
  context: Context,
): Promise<readonly Question[]> {
  const isNumber = (image: string): boolean => /^\d+$/.test(image);
  const source = images.some(isNumber)
    ? await imagesOfSplit(config, { split, dataDirectory: dir }, context)
    : undefined;
  const questions: Question[] = [];
  for (const image of images) {
    if (source === undefined || !isNumber(image)) {
      questions.push({ name: image, pixels: await readPicture(image, { invert, shape: config.data.shape }) });
      continue;
    }
    const { images: part, indices } = source;
    const index = indices[Number(image)];
    if (index === undefined)
      throw new UsageError(
        `there is no ${split} image ${image}; there are ${indices.length.toLocaleString('en')}: 0 to ${indices.length - 1}. A file of that name would be ./${image}`,
      );
    const pixels = await part.read(Uint32Array.of(index));
    questions.push({ name: `${split} image ${image}`, pixels, truth: part.labels[index] ?? 0 });
  }
  return questions;
}

async function ask(
  model: TrainedModel,
  questions: readonly Question[],
  classes: readonly string[],
  top: number,
): Promise<readonly Answer[]> {
  const size = imageSize(model.config.data.shape);
  const images = new Uint8Array(questions.length * size);
  for (const [at, { pixels }] of questions.entries()) images.set(pixels, at * size);
  const { probabilities } = await model.predict(images, questions.length);
  return questions.map(({ name, truth }, at) => {
    const row = probabilities.subarray(at * classes.length, (at + 1) * classes.length);
    const ranked = Array.from(row, (probability, index) => ({ class: classes[index] ?? '', probability }));
    return {
      image: name,
      top: ranked.sort((a, b) => b.probability - a.probability).slice(0, top),
      ...(truth === undefined ? {} : { truth: classes[truth] ?? '' }),
    };
  });
}

function table(answers: readonly Answer[]): string {
  const rows = answers.flatMap(({ image, top, truth }) =>
    top.map(({ class: name, probability }, rank) => {
      const verdict = truth === undefined ? '' : name === truth ? `${truth} (right)` : `${truth} (wrong)`;
      return [rank === 0 ? image : '', name, percent(probability), rank === 0 ? verdict : ''];
    }),
  );
  const known = answers.some(({ truth }) => truth !== undefined);
  const header = ['image', 'class', 'probability', 'true class'];
  return known
    ? formatTable(header, rows)
    : formatTable(
        header.slice(0, 3),
        rows.map((row) => row.slice(0, 3)),
      );
}

/** Right-aligned under its heading. */
function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`.padStart('probability'.length);
}
