import { describe, expect, it } from 'vitest';
import { confusionCsv, confusionMatrix, mostConfused, normaliseByTrueClass } from '../../src/evaluation/confusion.ts';

const names = ['cat', 'dog, big', 'owl'];
const confusion = [
  [3, 1, 0],
  [2, 1, 1],
  [0, 0, 0],
];

describe('confusion', () => {
  it('counts true classes in rows', () => {
    expect(confusionMatrix([0, 0, 0, 0, 1, 1, 1, 1], Uint8Array.of(0, 0, 0, 1, 0, 0, 1, 2), 3)).toEqual(confusion);
    expect(() => confusionMatrix([0], [3], 3)).toThrow(/predicted class of image 0 is 3, expected 0 to 2/);
    expect(() => confusionMatrix([0.5], [0], 3)).toThrow(/label of image 0 is 0.5/);
    expect(() => confusionMatrix([0], [], 3)).toThrow(/1 labels, but 0 predictions/);
  });

  it('normalises by true class, leaving an absent class at zero', () => {
    expect(normaliseByTrueClass(confusion)).toEqual([
      [0.75, 0.25, 0],
      [0.5, 0.25, 0.25],
      [0, 0, 0],
    ]);
  });

  it('lists the most frequent mistakes first', () => {
    expect(mostConfused(confusion, names)).toEqual([
      { truth: 'dog, big', predicted: 'cat', count: 2, share: 0.5 },
      { truth: 'cat', predicted: 'dog, big', count: 1, share: 0.25 },
      { truth: 'dog, big', predicted: 'owl', count: 1, share: 0.25 },
    ]);
    expect(mostConfused(confusion, names, 1)).toHaveLength(1);
  });

  it('writes CSV', () => {
    expect(confusionCsv(confusion, names)).toBe(
      'true_class,cat,"dog, big",owl\ncat,3,1,0\n"dog, big",2,1,1\nowl,0,0,0\n',
    );
  });
});
