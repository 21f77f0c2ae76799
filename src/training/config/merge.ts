import type { Recipe } from '../../../graphs/models/recipe.ts';
import { defaultAugmentation, optimizerDefaults, scheduleDefaults } from './defaults.ts';
import { isPositive } from './recipe-schema.ts';
import { isValues, overlay, type Values, valueAt } from './values.ts';

/**
 * A recipe with partial layers laid over it, the last on top. Nothing is validated here: a value of the wrong kind takes
 * its place in the result, where validation finds it. Keys that no layer speaks of are filled with defaults.
 */
export function mergeRecipe(base: Recipe, layers: readonly Values[]): Values {
  const top = overlay({ ...base }, ...layers);
  const { epochs, dropout } = top;
  const of = (key: string): readonly unknown[] =>
    layers.map((layer) => layer[key]).filter((value) => value !== undefined);
  const optimizer = mergeVariant(base.optimizer, of('optimizer'), ['lr'], (name) =>
    isKeyOf(optimizerDefaults, name)
      ? optimizerDefaults[name]({ lr: base.optimizer.lr, epochs: base.epochs })
      : undefined,
  );
  const context = {
    lr: positiveOr(base.optimizer.lr, valueAt(optimizer, ['lr'])),
    epochs: positiveOr(base.epochs, epochs),
  };
  const schedule = mergeVariant(base.schedule, of('schedule'), [], (name) =>
    isKeyOf(scheduleDefaults, name) ? scheduleDefaults[name](context) : undefined,
  );
  return {
    ...top,
    optimizer,
    schedule: withPeak(schedule, layers),
    dropout: spread(dropout, base.dropout.length),
    normalization: mergeGroup(base.normalization, of('normalization')),
    augmentation: mergeAugmentation(base.augmentation, of('augmentation')),
  };
}

function isKeyOf<Table extends object>(table: Table, key: string): key is keyof Table & string {
  return Object.hasOwn(table, key);
}

function positiveOr(fallback: number, value: unknown): number {
  return typeof value === 'number' && isPositive(value) ? value : fallback;
}

/** One number stands for every dropout layer. */
function spread(dropout: unknown, count: number): unknown {
  return typeof dropout === 'number' ? Array.from({ length: count }, () => dropout) : dropout;
}

function mergeGroup(base: Values, layers: readonly unknown[]): unknown {
  const odd = layers.findLast((layer) => !isValues(layer));
  return odd === undefined ? overlay(base, ...layers.filter(isValues)) : odd;
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

/**
 * An optimizer or a schedule. Where the name changes, the new one starts from its own defaults, and of the layers that
 * name another only the keys `carried` count.
 */
function mergeVariant(
  base: Values,
  layers: readonly unknown[],
  carried: readonly string[],
  defaultsOf: (name: string) => Values | undefined,
): unknown {
  const parts = layers.filter(isValues);
  if (parts.length < layers.length) return mergeGroup(base, layers);
  const name = [base, ...parts].map(nameOf).findLast((given) => given !== undefined);
  const start = name === nameOf(base) ? base : typeof name === 'string' ? defaultsOf(name) : undefined;
  const fitting = parts.map((part) => ([undefined, name].includes(nameOf(part)) ? part : pick(part, carried)));
  return overlay(start ?? {}, ...fitting, { name });
}

function nameOf({ name }: Values): unknown {
  return name;
}

function pick(values: Values, keys: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key)));
}

/**
 * In `one-cycle` the peak is the learning rate: a layer that sets `optimizer.lr` and no `schedule.maxLr` moves the peak,
 * or else `--lr` over a recorded configuration would change nothing.
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
