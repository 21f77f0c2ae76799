/** What a network that somebody brings is checked for before anything is computed with it. */
import type { Value } from '../ir/types.ts';
import { formatType, GraphError } from '../ir/types.ts';
import type { Module } from '../nn/module.ts';
import { startForward, symbolicBatch } from '../programs/start-forward.ts';
import { layersOf } from './layers-of.ts';
import type { Model } from './model.ts';

/** Names of layers and tensors, which stand in names of files and nodes. */
const fitting = /^[\w-]+(\.[\w-]+)*$/;

/** Where names of tensors begin that a checkpoint holds beside the network's. */
const reserved = 'optimizer.';

/** The value as a module. Throws GraphError where it is none; `maker` says whose it is. */
export function requireModule(value: unknown, maker: string): Module {
  if (isModule(value)) return value;
  throw new GraphError(`${maker} returned ${described(value)}, a module was expected, as \`sequential\` makes one`);
}

function isModule(value: unknown): value is Module {
  if (typeof value !== 'object' || value === null || !('forward' in value) || typeof value.forward !== 'function')
    return false;
  const lists = ['parameters', 'buffers', 'children'].every((key) => Array.isArray(Reflect.get(value, key)));
  return lists && typeof Reflect.get(value, 'name') === 'string';
}

function described(value: unknown): string {
  if (value === undefined) return 'nothing (is there a `return`?)';
  if (value instanceof Promise) return 'a promise';
  if (Array.isArray(value)) return 'a list (`sequential` makes one module of it)';
  return typeof value === 'object' && value !== null ? 'an object that is no module' : String(value);
}

/**
 * Checks a model that somebody brings: names and shapes of its tensors, that each of them is used, and that it answers with
 * one number a class.
 *
 * @throws GraphError with what is wrong with which layer
 */
export function checkModel(model: Model): void {
  const { network, classes, figureLayers } = model;
  checkLayers(network);
  const { f, logits } = startForward({ model });
  checkUse(network, f.parameters);
  checkUse(network, f.buffers);
  const expected = { dtype: 'float32', shape: [symbolicBatch, classes] } as const;
  if (formatType(logits) !== formatType(expected)) {
    const last = [...f.taps.keys()].at(-1);
    throw new GraphError(
      `the network ends in ${formatType(logits)}${last === undefined ? '' : ` (after layer '${last}')`}, ` +
        `${formatType(expected)} was expected: a number for each of ${classes} classes, as \`linear\` gives them after ` +
        '`flatten` or `globalAveragePool2d`',
    );
  }
  const taps = [...f.inspectable.keys()];
  const missing = figureLayers.find((name) => !taps.includes(name));
  if (missing !== undefined)
    throw new GraphError(
      `figureLayers names '${missing}', which is no layer that can be drawn; there are: ${taps.join(', ')}`,
    );
}

/** Throws GraphError where names of layers or tensors, or shapes, cannot be such. */
export function checkLayers(network: Module): void {
  for (const module of modulesOf(network)) {
    if (typeof module.name !== 'string' || (module.name !== '' && !fitting.test(module.name)))
      throw new GraphError(
        `layer ${JSON.stringify(module.name)} (${module.description}): a name of letters, digits, '_', '-' and dots was ` +
          "expected as its first argument, such as 'conv1'",
      );
  }
  const names = layersOf(network).map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw new GraphError(`two layers are named '${twice}': give each a name of its own, as its first argument`);
  const seen = new Set<string>();
  for (const { name, shape } of [...network.parameters, ...network.buffers]) {
    if (!fitting.test(name) || name.startsWith(reserved))
      throw new GraphError(`a tensor is named ${JSON.stringify(name)}, a name such as 'conv1.weight' was expected`);
    if (seen.has(name))
      throw new GraphError(`two tensors are named '${name}': give each layer a name of its own, as its first argument`);
    seen.add(name);
    if (!shape.every((size) => Number.isSafeInteger(size) && size > 0))
      throw new GraphError(
        `'${name}' has the shape [${shape.map(String).join(',')}], whole numbers of at least 1 were expected (is an argument of the layer missing?)`,
      );
  }
}

function modulesOf(module: Module): readonly Module[] {
  return [module, ...module.children.flatMap(modulesOf)];
}

/** What a module reads it must also list, or nothing would initialize it. */
function checkUse(network: Module, used: ReadonlyMap<string, Value>): void {
  const listed = [...network.parameters, ...network.buffers].map(({ name }) => name);
  const unlisted = [...used.keys()].find((name) => !listed.includes(name));
  if (unlisted !== undefined)
    throw new GraphError(`'${unlisted}' is used in a forward pass, but stands in no module's parameters or buffers`);
}
