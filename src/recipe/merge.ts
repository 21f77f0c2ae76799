import { defaultsOf, type Fields, type Known } from './field.ts';
import { optimizers, type Recipe, recipeFields, schedules } from './schema.ts';
import { isPositive } from './types.ts';
import { isValues, overlay, type Values, valueAt } from './values.ts';

/** What a recipe is merged for, and from what it starts. */
export interface Base {
  readonly recipe: Recipe;
  /** Rates of the model's dropout layers where nobody says others. */
  readonly dropout: readonly number[];
}

/**
 * A recipe with partial layers laid over it, the last on top. Nothing is validated here: a value of the wrong kind takes
 * its place in the result, where validation finds it. Keys that no layer sets are filled with defaults.
 */
export function mergeRecipe({ recipe: base, dropout: rates }: Base, layers: readonly Values[]): Values {
  const top = overlay({ ...base }, ...layers);
  const of = (key: string): readonly unknown[] =>
    layers.map((layer) => layer[key]).filter((value) => value !== undefined);
  const known = { lr: base.optimizer.lr, epochs: base.epochs };
  const optimizer = mergeVariant(base.optimizer, of('optimizer'), ['lr'], (name) => ({
    ...startOf(optimizers, name, known),
    lr: known.lr,
  }));
  const context = {
    lr: positiveOr(base.optimizer.lr, valueAt(optimizer, ['lr'])),
    epochs: positiveOr(base.epochs, top['epochs']),
  };
  const schedule = mergeVariant(base.schedule, of('schedule'), [], (name) => startOf(schedules, name, context));
  return {
    ...top,
    optimizer,
    schedule: withWarmup(withPeak(schedule, layers), base, context.epochs, layers),
    dropout: spread(top['dropout'] ?? rates, rates.length),
    normalization: mergeNormalization(base.normalization, of('normalization')),
    augmentation: mergeAugmentation(base.augmentation, of('augmentation')),
  };
}

/** What a newly chosen optimizer or schedule starts from. */
function startOf(variants: Readonly<Record<string, { readonly fields: Fields }>>, name: string, known: Known): Values {
  const chosen = Object.hasOwn(variants, name) ? variants[name] : undefined;
  return chosen === undefined ? {} : defaultsOf(chosen.fields, known);
}

function positiveOr(fallback: number, value: unknown): number {
  return typeof value === 'number' && isPositive(value) ? value : fallback;
}

/** One number stands for all `count` of them. */
function spread(value: unknown, count: number): unknown {
  return typeof value === 'number' ? Array.from({ length: count }, () => value) : value;
}

function mergeGroup(base: Values, layers: readonly unknown[]): unknown {
  const odd = layers.findLast((layer) => !isValues(layer));
  return odd === undefined ? overlay(base, ...layers.filter(isValues)) : odd;
}

/** How many channels there are is not known yet: one number becomes a list of one. Null forgets what is below it. */
function mergeNormalization(base: Recipe['normalization'], layers: readonly unknown[]): unknown {
  const above = layers.slice(layers.lastIndexOf(null) + 1);
  if (above.length === 0) return layers.length === 0 ? base : null;
  const merged = mergeGroup((above.length === layers.length ? base : null) ?? {}, above);
  if (!isValues(merged)) return merged;
  return Object.fromEntries(Object.entries(merged).map(([key, value]) => [key, spread(value, 1)]));
}

function mergeAugmentation(base: Recipe['augmentation'], layers: readonly unknown[]): unknown {
  let result: unknown = base;
  for (const layer of layers) {
    const before = isValues(result) ? result : defaultAugmentation;
    if (layer === true) result = before;
    else if (layer === false) result = null;
    else result = isValues(layer) ? overlay(before, layer) : layer;
  }
  return result;
}

/** What `augmentation: true` means for a model that has none of its own. */
const defaultAugmentation: Values = defaultsOf(recipeFields.augmentation.fields, { lr: 0, epochs: 0 });

/**
 * An optimizer or a schedule. Where the name changes, the new one starts from its own defaults, and of the layers that
 * name another only the keys `carried` count.
 */
function mergeVariant(
  base: Values,
  layers: readonly unknown[],
  carried: readonly string[],
  defaultsFor: (name: string) => Values,
): unknown {
  const parts = layers.filter(isValues);
  if (parts.length < layers.length) return mergeGroup(base, layers);
  const name = [base, ...parts].map(nameOf).findLast((given) => given !== undefined);
  const start = name === nameOf(base) ? base : typeof name === 'string' ? defaultsFor(name) : {};
  const fitting = parts.map((part) => ([undefined, name].includes(nameOf(part)) ? part : pick(part, carried)));
  return overlay(start, ...fitting, { name });
}

function nameOf({ name }: Values): unknown {
  return name;
}

function pick(values: Values, keys: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key)));
}

/**
 * In `one-cycle` the peak is the learning rate: a layer that sets `optimizer.lr` and no `schedule.maxLr` moves the peak.
 * Otherwise a rate that is set over a recorded configuration would change nothing.
 */
function withPeak(schedule: unknown, layers: readonly Values[]): unknown {
  if (!isValues(schedule) || nameOf(schedule) !== 'one-cycle') return schedule;
  let { maxLr } = schedule;
  for (const layer of layers) {
    const named = valueAt(layer, ['schedule', 'name']) ?? 'one-cycle';
    const peak = named === 'one-cycle' ? valueAt(layer, ['schedule', 'maxLr']) : undefined;
    const lr = valueAt(layer, ['optimizer', 'lr']);
    if (peak !== undefined) maxLr = peak;
    else if (typeof maxLr === 'number') maxLr = positiveOr(maxLr, lr);
  }
  return { ...schedule, maxLr };
}

/**
 * A warm-up that nobody asked for follows the number of epochs: one epoch of training has no room for the base recipe's
 * whole epoch of warm-up, so that half of it remains.
 */
function withWarmup(schedule: unknown, base: Recipe, epochs: number, layers: readonly Values[]): unknown {
  const warmup = valueAt(schedule, ['warmupEpochs']);
  const wasAsked = layers.some((layer) => valueAt(layer, ['schedule', 'warmupEpochs']) !== undefined);
  if (!isValues(schedule) || typeof warmup !== 'number' || wasAsked || epochs >= base.epochs) return schedule;
  return { ...schedule, warmupEpochs: Math.min(warmup, epochs / 2) };
}
