import { GraphError } from '../../graphs/ir/types.ts';
import type { Model, ModelDefinition } from '../../graphs/models/model.ts';
import { summarize } from '../../graphs/models/summary.ts';
import type { Context } from '../context.ts';
import type { Dataset } from '../data/dataset.ts';
import { imageShapeText } from '../data/images.ts';
import { splitSizes } from '../data/splits.ts';
import { UsageError } from '../errors.ts';
import { thousands } from '../text/numbers.ts';

/** A model, and why it was chosen. */
export interface ChosenModel {
  readonly definition: ModelDefinition;
  readonly because: string;
}

/** The one that learns most, and the one that can be trained everywhere. */
const [deep, usual] = ['resnet9', 'm2'];
/** Below it a deep network has nothing to look at. */
const leastSide = 32;
/** Multiplications and additions of an epoch that a processor of two cores does in some minutes. */
const mostOfEpoch = 25e12;

/**
 * The model for a data set where nobody names one: the deep one where its epochs take minutes without a graphics card, and the
 * images have something to look at; else the usual one.
 *
 * @throws UsageError where no model of the context can be built for the images
 */
export function chooseModel(dataset: Dataset, { models }: Pick<Context, 'models'>): ChosenModel {
  const { shape } = dataset;
  const { train } = splitSizes(dataset);
  const candidates = models.flatMap((definition) => {
    const model = built(definition, dataset);
    return model ? [{ definition, operations: 6 * summarize(model).macs * train }] : [];
  });
  const named = (name: string | undefined) => candidates.find(({ definition }) => definition.name === name);
  const best = named(deep);
  const isSuited = best && best.operations <= mostOfEpoch && Math.min(shape.height, shape.width) >= leastSide;
  const chosen = (isSuited ? best : undefined) ?? named(usual) ?? candidates[0];
  if (!chosen)
    throw new UsageError(`no model can be built for images of ${imageShapeText(shape)}. Choose larger images.`, {
      code: 'model-unsuited',
    });
  const { definition, operations } = chosen;
  const amount = `${thousands(Math.ceil(operations / 1e9))} billion operations an epoch of ${thousands(train)} images`;
  return { definition, because: `${definition.title}; ${imageShapeText(shape)} pixels, ${amount}` };
}

function built(definition: ModelDefinition, { shape, classes }: Dataset): Model | undefined {
  try {
    return definition.build(shape, classes.length);
  } catch (error) {
    if (error instanceof GraphError) return undefined;
    throw error;
  }
}
