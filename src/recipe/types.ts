import { z } from 'zod';
import type { Typed } from './field.ts';

/*
 * The types of a recipe's values. The message of each schema is what was expected, to be read after that word: "expected
 * a whole number of at least 1". `problems.ts` says where, and what was found.
 */

function refined(expected: string, holds: (value: number) => boolean) {
  return z.number(expected).refine(holds, expected);
}

type NumberSchema = ReturnType<typeof refined>;

/** A number of which something holds. */
export function quantity(expected: string, holds: (value: number) => boolean): Typed<NumberSchema> {
  return { kind: 'number', schema: refined(expected, holds) };
}

/** A whole number, at least `from`. */
export function whole(from: number, or = ''): Typed<NumberSchema> {
  const expected = `a whole number of at least ${from}${or}`;
  return { kind: 'whole', schema: refined(expected, (value) => Number.isSafeInteger(value) && value >= from) };
}

/** A whole number from `from` to `to`. */
export function wholeUpTo(from: number, to: number): Typed<NumberSchema> {
  const expected = `a whole number from ${from} to ${to}`;
  return {
    kind: 'whole',
    schema: refined(expected, (value) => Number.isSafeInteger(value) && value >= from && value <= to),
  };
}

/** One of some words. */
export function choice<const Names extends readonly string[]>(...names: Names) {
  return { kind: 'choice', choices: names, schema: z.enum(names, oneOf(names)) } as const;
}

/** 'one of 'a', 'b''. */
export function oneOf(names: readonly string[]): string {
  return `one of ${names.map((name) => `'${name}'`).join(', ')}`;
}

/** A list of numbers, at least so many of them. */
export function list({ schema }: Typed<NumberSchema>, expected: string, least = 1): Typed<z.ZodArray<NumberSchema>> {
  return { kind: 'numbers', schema: z.array(schema, expected).min(least, expected) };
}

/** A type whose values may also be null. */
export function nullable<Schema extends z.ZodType>({ kind, schema }: Typed<Schema>): Typed<z.ZodNullable<Schema>> {
  return { kind, schema: schema.nullable() };
}

/** Graphs compute in float32: what rounds to 0 or infinity there is as good as 0 or infinity. */
const inFloat32 = (value: number, from: number): boolean =>
  Math.fround(value) >= from && Number.isFinite(Math.fround(value));

/** True for what can be a learning rate. */
export const isPositive = (value: number): boolean => inFloat32(value, 0) && Math.fround(value) > 0;

export const positive = quantity('a finite number above 0', isPositive);
export const notNegative = quantity('a finite number of at least 0', (value) => inFloat32(value, 0));
export const atLeastOne = quantity('a finite number of at least 1', (value) => inFloat32(value, 1));
export const share = quantity('a number from 0 to 1', (value) => value >= 0 && value <= 1);
export const belowOne = quantity('a number of at least 0 and below 1', (value) => value >= 0 && Math.fround(value) < 1);
export const between = quantity('a number above 0 and below 1', (value) => value > 0 && value < 1);
export const shrinking = quantity('a number above 0 and at most 1', (value) => value > 0 && value <= 1);
export const dropoutRate = quantity(
  'a rate of at least 0 and below 1 (dropout 1 would drop everything)',
  (value) => value >= 0 && Math.fround(value) < 1,
);
export const pixelMean = quantity(
  'a number from 0 to 1 (pixels are scaled to [0,1] first)',
  (value) => value >= 0 && value <= 1,
);
export const pixelDeviation = quantity(
  'a number above 0 and at most 1 (pixels are scaled to [0,1] first)',
  (value) => Math.fround(value) > 0 && value <= 1,
);

/** Two numbers of at least 0 and below 1. */
export const pairBelowOne = {
  kind: 'numbers',
  schema: z.tuple([belowOne.schema, belowOne.schema], 'two numbers of at least 0 and below 1, such as [0.9, 0.999]'),
} as const;
