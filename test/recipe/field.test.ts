import { expect, it } from 'vitest';
import { z } from 'zod';
import type { About, Field } from '../../src/recipe/field.ts';
import { flaggedFields, flagOf } from '../../src/recipe/flags.ts';
import { recipeFields } from '../../src/recipe/schema.ts';

/** True where a value of one type may stand for another: what the compiler says of it. */
type Fits<One, Other> = One extends Other ? true : false;

it('a field must name its option and its row, or say that it has none: the compiler refuses all else', () => {
  const whole = { description: 'Width', default: 1, flag: 'width', row: null } as const;
  const { flag: _, ...withoutFlag } = whole;
  const { row: __, ...withoutRow } = whole;
  const unexplained = { ...whole, flag: null } as const;
  const explained = { ...unexplained, unflagged: 'a file alone sets it' } as const;
  const schema = z.number();
  const verdicts: readonly [
    Fits<typeof whole, About<number>>,
    Fits<typeof withoutFlag, About<number>>,
    Fits<typeof withoutRow, About<number>>,
    Fits<typeof unexplained, About<number>>,
    Fits<typeof explained, About<number>>,
    Fits<typeof schema, Field>,
  ] = [true, false, false, false, true, false];
  expect(verdicts).toEqual([true, false, false, false, true, false]);
});

it('an option sets one part of a recipe, and is found by that part', () => {
  const flags = flaggedFields.map(({ flag }) => flag);
  expect(new Set(flags).size).toBe(flags.length);
  for (const { flag, path } of flaggedFields) expect(flagOf(path)).toBe(flag);
  expect(flagOf(['dropout', 1])).toBe('dropout');
  expect(flagOf(['normalization', 'mean', 2])).toBe('mean');
  expect(flagOf(['augmentation', 'cropPadding'])).toBe('crop-padding');
  expect(flagOf(['augmentation'])).toBe('augmentation');
  expect(flagOf(['optimizer', 'betas', 0])).toBe('betas');
  expect(flagOf(['normalization'])).toBeUndefined();
  expect(flagOf(['splitSeed'])).toBe(recipeFields.splitSeed.flag ?? undefined);
});
