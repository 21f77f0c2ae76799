import { GraphError } from '../../graphs/ir/types.ts';
import type { ImageShape, ModelDefinition } from '../../graphs/models/model.ts';
import { imageShapeText } from '../data/images.ts';
import { UsageError } from '../errors.ts';
import { shownPath } from '../files/shown-path.ts';

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
