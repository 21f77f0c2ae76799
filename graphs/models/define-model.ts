import type { Module } from '../nn/module.ts';
import { startForward } from '../programs/start-forward.ts';
import { checkLayers, requireModule } from './check-model.ts';
import { layersOf } from './layers-of.ts';
import type { ImageShape, Model, ModelDefinition } from './model.ts';

/** What a network is built for. */
export interface BuildRequest {
  /** Of the images that it gets: float32[N,channels,height,width], normalised. */
  readonly input: ImageShape;
  /** Of its logits: float32[N,classes]. */
  readonly classes: number;
  /** Rates of its dropout layers, as many as the definition names. */
  readonly dropout: readonly number[];
}

/** The one forward of a model: called for each data set, it gives the network for images of that size. */
export type BuildNetwork = (request: BuildRequest) => Module;

/** What may be said of a model of one's own; all of it has a default. */
export interface DefineModelOptions {
  /** In lists, reports and names of folders; by default the name of its file. */
  readonly name?: string;
  /** What it consists of, in a few words. */
  readonly title?: string;
  /** Rates of its dropout layers, in order: what a recipe's `dropout` can change. None by default. */
  readonly dropout?: readonly number[];
  /** Layers whose activations are worth drawing; the first and the last convolution by default. */
  readonly figureLayers?: readonly string[];
}

/** The name of a model that nobody has named. */
export const unnamedModel = 'own-model';

/**
 * A model of one's own: a function that builds its network from the size of the images and the number of classes, or, with
 * names for all of it, a definition as those of the catalogue are.
 *
 * @throws GraphError, when it is built, where the function returns no module or a figure names a layer that is none
 * @example
 * ```ts
 * export default defineModel(({ input, classes }) =>
 *   sequential('small', [
 *     conv2d('conv', input.channels, 16, 3, { padding: 1 }),
 *     relu('relu'),
 *     globalAveragePool2d('pool'),
 *     linear('fc', 16, classes),
 *   ]),
 * );
 * ```
 */
export function defineModel(
  given: ModelDefinition | BuildNetwork,
  { name = unnamedModel, title = 'own model', dropout = [], figureLayers }: DefineModelOptions = {},
): ModelDefinition {
  if (typeof given !== 'function') return given;
  return {
    name,
    title,
    dropout,
    build: (input, classes, { dropout: rates = dropout } = {}) => {
      const network: unknown = given({ input, classes, dropout: rates });
      const module = requireModule(network, 'the function that was given to defineModel');
      checkLayers(module);
      const model = { name, input, classes, network: module, figureLayers: figureLayers ?? [] };
      return figureLayers ? model : { ...model, figureLayers: convolutions(model) };
    },
  };
}

/** The definition under another name. */
export function renamed(definition: ModelDefinition, name: string): ModelDefinition {
  if (definition.name === name) return definition;
  return { ...definition, name, build: (...request) => ({ ...definition.build(...request), name }) };
}

/** The first and the last convolution that a network shows of itself. */
function convolutions(model: Model): readonly string[] {
  const { taps } = startForward({ model }).f;
  const names = layersOf(model.network).flatMap(({ name, parameters }) =>
    taps.has(name) && parameters.some(({ shape }) => shape.length === 4) ? [name] : [],
  );
  return [...new Set([names[0], names.at(-1)])].filter((name) => name !== undefined);
}
