import { GraphError } from '../../graphs/ir/types.ts';
import { catalogue } from '../../graphs/models/catalogue.ts';
import { checkTrainable } from '../../graphs/models/check-trainable.ts';
import type { ImageShape, ModelDefinition, ModelOptions } from '../../graphs/models/model.ts';
import { type ModelSummary, summarize } from '../../graphs/models/summary.ts';
import { imageShapeText } from '../data/images.ts';
import { UsageError } from '../errors.ts';
import { shownPath } from '../files/shown-path.ts';

/**
 * What a model consists of, for images of a size. One that is not of the catalogue is looked at as a training would do.
 *
 * @throws UsageError where it cannot be built or trained
 */
export function summarized(
  definition: ModelDefinition,
  shape: ImageShape,
  classes: number,
  options?: ModelOptions,
): ModelSummary {
  return suited(definition, shape, () => {
    const model = definition.build(shape, classes, options);
    const summary = summarize(model);
    if (!catalogue.includes(definition)) checkTrainable(model);
    return summary;
  });
}

/** What `build` makes. Throws UsageError where the model cannot be built, or not be trained, for images of this size. */
export function suited<T>(definition: ModelDefinition, shape: ImageShape, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    const { name, source } = definition;
    const way = source ? `Mend '${shownPath(source.path)}'.` : 'Choose another model, or images of another size.';
    throw new UsageError(
      `model ${name} cannot be trained on ${imageShapeText(shape)} images: ${error.message}. ${way}`,
      { code: 'model-unsuited', cause: error },
    );
  }
}
