import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { parseRanges } from '../../src/evaluation/activations-ranges.ts';

const limits = { option: 'images', what: 'image', where: 'the test split', count: 10_000 } as const;

describe('parseRanges', () => {
  it.each([
    ['7', [7]],
    ['0-3', [0, 1, 2, 3]],
    ['9999', [9999]],
    ['4-4', [4]],
    ['100, 7, 0-2', [100, 7, 0, 1, 2]],
    ['2,0-3,2', [2, 0, 1, 3]],
  ])('%s', (text, numbers) => {
    expect(parseRanges(text, limits)).toEqual(numbers);
  });

  it.each([
    ['', "images: '' is neither a number nor a range. Write them like this: { images: '0-63,100,7' }"],
    ['1,,2', "'' is neither"],
    ['a', "'a' is neither"],
    ['-1', "'-1' is neither"],
    ['1.5', "'1.5' is neither"],
    ['1-2-3', "'1-2-3' is neither"],
    ['99999999999', "'99999999999' is neither"],
    ['9-3', "the range '9-3' ends before it begins; write 3-9"],
    ['0-10000', 'images: there is no image 10000 in the test split; there are 10,000: 0 to 9999'],
  ])('refuses %j', (text, message) => {
    expect(() => parseRanges(text, limits)).toThrow(UsageError);
    expect(() => parseRanges(text, limits)).toThrow(message);
  });

  it('is the set of its parts, in order', () => {
    const range = fc.tuple(fc.nat(99), fc.nat(50)).map(([from, more]) => ({ from, to: from + more }));
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 8 }), (ranges) => {
        const text = ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
        const all = ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
        expect(parseRanges(text, limits)).toEqual([...new Set(all)]);
      }),
    );
  });
});
