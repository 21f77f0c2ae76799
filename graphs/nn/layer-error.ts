import { formatType, GraphError, type Value } from '../ir/types.ts';
import type { Module } from './module.ts';

/** A layer that does not take what it is given: says which, what its tensors are, and which layer gave what. */
export class LayerError extends GraphError {
  constructor(
    private readonly layer: Module,
    /** What it was given. */
    readonly input: Value,
    override readonly cause: GraphError,
    /** The layer that gave it, as far as that is known. */
    readonly before?: Module,
  ) {
    const giver = before === undefined ? 'the images are' : `${called(before)} gives`;
    const own = layer.children.length === 0 ? layer.parameters : [];
    const shapes = own.map(({ name, shape }) => `${name} [${shape.join(',')}]`);
    const tensors = shapes.length === 0 ? '' : `, with ${shapes.join(' and ')},`;
    super(`${called(layer)}${tensors} does not take ${formatType(input)}, which ${giver}: ${cause.message}`);
  }

  /** The same, where `input` came out of a layer that the layers around know. */
  after(before: Module): LayerError {
    return new LayerError(this.layer, this.input, this.cause, before);
  }
}

function called({ name, description }: Module): string {
  return name === '' ? description : `layer '${name}' (${description})`;
}

/**
 * What a layer makes of a value.
 *
 * @param before the layer that the value came out of; undefined for the first
 * @throws LayerError where it does not take it
 */
export function throughLayer(layer: Module, input: Value, before: Module | undefined, pass: () => Value): Value {
  try {
    return pass();
  } catch (error) {
    if (error instanceof LayerError) {
      // A layer within this one, the first there, was given what this one was given.
      throw before !== undefined && error.before === undefined && error.input === input ? error.after(before) : error;
    }
    throw error instanceof GraphError ? new LayerError(layer, input, error, before) : error;
  }
}
