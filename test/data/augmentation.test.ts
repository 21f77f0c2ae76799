import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AugmentationDraw,
  augment,
  checkAugmentation,
  drawAugmentation,
  standardAugmentation,
} from '../../src/data/augmentation.ts';
import { UsageError } from '../../src/errors.ts';
import { stream } from '../../src/random/streams.ts';

/** Three images of distinct bytes, none 0, so that padding can be told from image. */
const source = Uint8Array.from({ length: 3 * 784 }, (_, i) => 1 + (i % 251));
const pixel = (index: number, row: number, column: number) =>
  row < 0 || row > 27 || column < 0 || column > 27 ? 0 : (source[index * 784 + row * 28 + column] ?? 0);

const draws = (padding: number) =>
  fc.record({ top: fc.nat(2 * padding), left: fc.nat(2 * padding), flip: fc.boolean() });

describe('augment', () => {
  it('is crop, then flip, by definition', () => {
    const cases = fc.nat(28).chain((padding) => fc.tuple(fc.constant(padding), draws(padding), fc.nat(2)));
    fc.assert(
      fc.property(cases, ([padding, draw, index]) => {
        const target = new Uint8Array(10 + 784 + 10).fill(255);
        augment(source, index, target, 10, draw, padding);
        const expected = Uint8Array.from({ length: 784 }, (_, i) => {
          const row = Math.floor(i / 28);
          const column = draw.flip ? 27 - (i % 28) : i % 28;
          return pixel(index, row + draw.top - padding, column + draw.left - padding);
        });
        expect(target.subarray(10, 794)).toEqual(expected);
        expect([...target.subarray(0, 10), ...target.subarray(794)].every((byte) => byte === 255)).toBe(true);
      }),
    );
  });

  it('leaves the image as it is in the middle without a flip', () => {
    const target = new Uint8Array(784);
    augment(source, 1, target, 0, { top: 4, left: 4, flip: false }, 4);
    expect(target).toEqual(source.subarray(784, 1568));
  });
});

describe('drawAugmentation', () => {
  const at = (position: number, epoch = 0): AugmentationDraw => {
    const draw = { top: -1, left: -1, flip: false };
    drawAugmentation(draw, standardAugmentation, stream(42, 'augmentation', epoch), position);
    return draw;
  };

  it('is a function of epoch and position', () => {
    expect(at(17)).toEqual(at(17));
    const draws = (epoch: number) => Array.from({ length: 20 }, (_, i) => at(i, epoch));
    expect(draws(0)).not.toEqual(draws(1));
  });

  it('spreads evenly over the 81 places and both sides', () => {
    const counts = new Map<string, number>();
    const n = 32_400;
    for (let i = 0; i < n; i++) {
      const { top, left, flip } = at(i);
      const key = `${top} ${left} ${flip}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(162);
    // 161 degrees of freedom: mean 161, standard deviation 18.
    expect([...counts.values()].reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0)).toBeLessThan(161 + 5 * 18);
  });
});

it('refuses impossible settings', () => {
  expect(() => checkAugmentation({ cropPadding: -1, flipProbability: 0.5 })).toThrow(UsageError);
  expect(() => checkAugmentation({ cropPadding: 4, flipProbability: 1.5 })).toThrow('got 1.5');
  checkAugmentation(standardAugmentation);
});
