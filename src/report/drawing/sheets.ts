import type { Context } from '../../context.ts';
import type { Metrics } from '../../evaluation/metrics.ts';
import { openTrainedModel } from '../../evaluation/trained-model.ts';
import type { SplitImages } from '../../evaluation/trained-model-images.ts';
import { type LayerSheets, sheetsOf } from '../../explanation/sheets.ts';
import { exists, RunFolder } from '../../training/run-folder.ts';
import { weightsText } from '../../training/weights-identity.ts';
import type { ReportedRun } from '../model.ts';

export type { LayerSheets } from '../../explanation/sheets.ts';

export interface SheetOptions {
  readonly checkpoint: 'best' | 'last';
  readonly threads: number;
  /** Positions in the split. */
  readonly images: readonly number[];
  /** Taps of the model. */
  readonly layers: readonly string[];
}

/**
 * Draws what layers of a run's model make of a few images.
 *
 * @returns undefined, with a warning, where the run's checkpoint is gone or no longer the one that was evaluated
 * @throws AtelierError where the checkpoint cannot be used
 */
export async function drawSheets(
  { path, label, metrics }: Pick<ReportedRun, 'path' | 'label'> & { readonly metrics: Pick<Metrics, 'weights'> },
  split: SplitImages,
  { checkpoint, threads, images, layers }: SheetOptions,
  context: Pick<Context, 'models' | 'logger'>,
): Promise<readonly LayerSheets[] | undefined> {
  const weights = new RunFolder(path).checkpoint(checkpoint);
  if (!(await exists(weights))) {
    const gone = `${label} has no ${checkpoint} checkpoint any more: no activation maps are drawn`;
    context.logger.warn({ path: weights }, gone);
    return undefined;
  }
  const model = await openTrainedModel(path, { checkpoint, threads }, context);
  try {
    // Whoever trains the run on may have replaced it since it was evaluated.
    if (metrics.weights !== undefined && metrics.weights.sha256 !== model.weights.sha256) {
      const held = weightsText(model.weights);
      context.logger.warn(
        { path: weights },
        `${label}: its ${checkpoint} checkpoint holds ${held} now, no longer ${weightsText(metrics.weights)}, which were evaluated: no activation maps are drawn`,
      );
      return undefined;
    }
    return await sheetsOf(model, split, { positions: images, layers, dark: true });
  } finally {
    await model.release();
  }
}
