import type { Context } from '../context.ts';
import { labelsAt } from '../data/images.ts';
import { textOf } from '../errors.ts';
import { confusionMatrix } from '../evaluation/confusion.ts';
import { logitsOf } from '../evaluation/evaluate-run.ts';
import { predictedClasses } from '../evaluation/scores.ts';
import { openTrainedModel, type TrainedModel } from '../evaluation/trained-model.ts';
import { imagesOfSplit, type SplitImages } from '../evaluation/trained-model-images.ts';
import { wordedFor } from '../message.ts';
import { confusionChart } from '../rendering/charts/confusion.ts';
import { renderChart } from '../rendering/charts/render.ts';
import { thousands } from '../text/numbers.ts';
import type { TensorBoard } from '../tracking/tensorboard.ts';
import type { Progress } from '../training/progress.ts';
import type { RunDataPlace } from '../training/run-data.ts';
import type { TrainingRun } from '../training/training-run.ts';
import { imageName } from './draw-activations.ts';
import { sheetsOf } from './sheets.ts';

/** Validation images whose activations are shown. */
const shownImages = 4;
const confusionTag = 'confusion_matrix/validation';

/**
 * Adds the pictures of the best epoch to a run's event files: the confusion matrix of the validation images and a few
 * activation sheets. Once, after training, so that it costs no epoch any time; a picture that is there already is left. A
 * failure is only warned about: the training itself is done and saved.
 *
 * @param place where the data are, if not where the run says
 */
export async function trackPictures(
  board: TensorBoard,
  { folder, config }: Pick<TrainingRun, 'folder' | 'config'>,
  { best }: Progress,
  place: RunDataPlace,
  context: Context,
): Promise<void> {
  if (best === null || board.hasImage(best.epoch, confusionTag)) return;
  const { epoch } = best;
  try {
    const model = await openTrainedModel(folder.path, { checkpoint: 'best', threads: config.threads }, context);
    try {
      const source = await imagesOfSplit(config, { ...place, split: 'validation' }, context);
      const positions = Array.from({ length: Math.min(shownImages, source.indices.length) }, (_, position) => position);
      for (const { layer, sheets } of await sheetsOf(model, source, { positions }))
        for (const { position, png } of sheets)
          await board.image(epoch, `activations/${layer}/${imageName(position)}`, png);
      // Last: where the matrix is, the pictures are complete.
      await board.image(epoch, confusionTag, await confusionPicture(model, source, epoch));
    } finally {
      await model.release();
    }
  } catch (error) {
    context.logger.warn(
      { err: error },
      `TensorBoard has no pictures of this run: ${wordedFor(textOf(error), context.wording)}`,
    );
  }
}

async function confusionPicture(model: TrainedModel, source: SplitImages, epoch: number): Promise<Buffer> {
  const { classes } = source;
  const labels = labelsAt(source.images, source.indices);
  const logits = await logitsOf(model, source);
  const predicted = predictedClasses({ classNames: classes, labels, logits });
  const confusion = confusionMatrix(labels, predicted, classes.length);
  const title = `Model ${model.config.model}, epoch ${epoch}, ${thousands(labels.length)} validation images`;
  return renderChart(confusionChart(confusion, classes, { title, numbers: 'counts' }), { scale: 1 });
}
