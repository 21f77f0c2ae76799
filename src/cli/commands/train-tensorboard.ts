import type { Context } from '../../context.ts';
import { labelsAt } from '../../data/images.ts';
import { messageOf } from '../../errors.ts';
import { activationBatches } from '../../evaluation/activations.ts';
import { confusionMatrix } from '../../evaluation/confusion.ts';
import { logitsOf } from '../../evaluation/evaluate-run.ts';
import { predictedClasses } from '../../evaluation/scores.ts';
import { openTrainedModel, type TrainedModel } from '../../evaluation/trained-model.ts';
import { imagesOfSplit, type SplitImages } from '../../evaluation/trained-model-images.ts';
import { confusionChart } from '../../rendering/charts/confusion.ts';
import { renderChart } from '../../rendering/charts/render.ts';
import type { TensorBoard } from '../../tracking/tensorboard.ts';
import type { Progress } from '../../training/progress.ts';
import type { TrainingRun } from '../../training/training-run.ts';
import { imageSheets } from './activations-files.ts';

/** Validation images whose activations are shown. */
const positions = [0, 1, 2, 3];
const confusionTag = 'confusion_matrix/validation';

/**
 * Adds the pictures of the best epoch to a run's event files: the confusion matrix of the validation images and a few
 * activation sheets. Once, after training, so that it costs no epoch any time; a picture that is there already is left. A
 * failure is only warned about: the training itself is done and saved.
 */
export async function trackPictures(
  board: TensorBoard,
  { folder, config }: TrainingRun,
  { best }: Progress,
  dataDirectory: string | undefined,
  context: Context,
): Promise<void> {
  if (best === null || board.hasImage(best.epoch, confusionTag)) return;
  try {
    const model = await openTrainedModel(folder.path, { checkpoint: 'best', threads: config.threads }, context);
    try {
      const source = await imagesOfSplit(config, { split: 'validation', dataDirectory }, context);
      await trackActivations(board, model, source, best.epoch);
      // Last: where the matrix is, the pictures are complete.
      await board.image(best.epoch, confusionTag, await confusionPicture(model, source, best.epoch));
    } finally {
      await model.release();
    }
  } catch (error) {
    context.logger.warn({ err: error }, `TensorBoard has no pictures of this run: ${messageOf(error)}`);
  }
}

async function confusionPicture(model: TrainedModel, source: SplitImages, epoch: number) {
  const { classes } = source;
  const labels = labelsAt(source.images, source.indices);
  const logits = await logitsOf(model, source);
  const predicted = predictedClasses({ classNames: classes, labels, logits });
  const confusion = confusionMatrix(labels, predicted, classes.length);
  const title = `Model ${model.config.model}, epoch ${epoch}, ${labels.length.toLocaleString('en')} validation images`;
  return renderChart(confusionChart(confusion, classes, { title, numbers: 'counts' }), { scale: 1 });
}

async function trackActivations(board: TensorBoard, model: TrainedModel, source: SplitImages, epoch: number) {
  const inspector = await model.inspector(model.model.figureLayers);
  const filesOf = imageSheets({
    layers: inspector.layers,
    channels: new Map(),
    scaling: 'map',
    split: 'validation',
  });
  const chosen = positions.slice(0, source.indices.length);
  for await (const batch of activationBatches(inspector, source, chosen, positions.length))
    for (const { path, encode } of filesOf(batch))
      await board.image(epoch, `activations/${path.replace(/\.png$/, '')}`, await encode());
}
