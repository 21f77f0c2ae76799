/** Weights of a network for other classes, or for other images: what a model is held against where tensors do not fit. */
import { GraphError } from '../../graphs/ir/types.ts';
import { layersOf } from '../../graphs/models/layers-of.ts';
import type { ImageShape, Model } from '../../graphs/models/model.ts';
import { AtelierError } from '../errors.ts';
import type { TensorMap } from './initialize.ts';
import { matchWeights, type SizedType, type WeightMatch } from './match-weights.ts';

/** Builds the model for images and classes as somebody else may have had them. */
export type Rebuild = (input: ImageShape, classes: number) => Model;

/** The layer that tells classes, where it is all in which a model differs from the one that the weights are of. */
export interface OtherClasses {
  /** How many classes the weights tell. */
  readonly classes: number;
  readonly layer: string;
  /** Its tensors, which differ. */
  readonly tensors: WeightMatch['different'];
}

/**
 * Whether weights fit a model in all but the number of classes: they are those, tensor for tensor, of the same model for another
 * number, and both differ in their last layer with parameters alone. Undefined where they are not.
 */
export function otherClasses(
  model: Model,
  weights: TensorMap,
  { different, unexpected, ...match }: WeightMatch,
  rebuild: Rebuild,
): OtherClasses | undefined {
  const head = layersOf(model.network).findLast(({ parameters }) => parameters.length > 0);
  const own = new Set(head?.parameters.map(({ name }) => name));
  const lacking = lackingWeights(model, match);
  const isHead = different.length > 0 && different.every(({ name }) => own.has(name));
  if (!head || !isHead || lacking.length > 0 || unexpected.length > 0) return undefined;
  const found = new Set(different.flatMap(({ expected, found }) => otherSizes(expected, found, model.classes)));
  const [classes = 0] = found;
  if (found.size !== 1 || classes < 2) return undefined;
  const other = built(rebuild, model.input, classes);
  if (!other || matchWeights(other.network, weights).different.length > 0) return undefined;
  return { classes, layer: head.name, tensors: different };
}

/** What stands in the file where a tensor of the model has the number of classes. */
function otherSizes(expected: SizedType, found: SizedType, classes: number): readonly number[] {
  return expected.shape.flatMap((size, i) => {
    const other = found.shape[i];
    return size === classes && other !== undefined && other !== size ? [other] : [];
  });
}

/** Tensors that a start needs and the file does not have: counters of batches are not needed to go on, and ONNX files never have them. */
export function lackingWeights({ network }: Model, { missing }: Pick<WeightMatch, 'missing'>): readonly string[] {
  const counters = new Set(network.buffers.filter(({ dtype }) => dtype !== 'float32').map(({ name }) => name));
  return missing.filter((name) => !counters.has(name));
}

const usualSizes = [28, 32, 64, 96, 128, 160, 192, 224, 256, 384];

/**
 * The images for which a model would take the weights that do not fit it: of other channels, of another usual size, or of both.
 * Undefined where there are none of these.
 */
export function fittingImages(model: Model, weights: TensorMap, rebuild: Rebuild): ImageShape | undefined {
  const { input } = model;
  const channels = [input.channels, ...[1, 3].filter((count) => count !== input.channels)];
  const sizes = [input, ...usualSizes.map((side) => ({ height: side, width: side }))];
  const shapes = sizes.flatMap((size) => channels.map((count) => ({ ...size, channels: count })));
  return shapes.find((shape) => {
    const other = built(rebuild, shape, model.classes);
    if (!other) return false;
    const match = matchWeights(other.network, weights);
    return match.matched.length > 0 && (match.different.length === 0 || otherClasses(other, weights, match, rebuild));
  });
}

/** A model that need not be possible: networks of one's own may refuse any size. */
function built(rebuild: Rebuild, input: ImageShape, classes: number): Model | undefined {
  try {
    return rebuild(input, classes);
  } catch (error) {
    if (error instanceof GraphError || error instanceof AtelierError) return undefined;
    throw error;
  }
}
