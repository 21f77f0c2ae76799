import { expect, it } from 'vitest';
import { splitIndices } from '../../src/data/split.ts';
import { UsageError } from '../../src/errors.ts';

it("is PyTorch's random_split of seed 42", () => {
  const { train, validation } = splitIndices(60_000, 42);
  expect([train.length, validation.length]).toEqual([54_000, 6_000]);
  expect([...train.subarray(0, 8)]).toEqual([37542, 43087, 2992, 25810, 39634, 6425, 55768, 11034]);
  expect([...validation.subarray(-8)]).toEqual([34088, 31794, 23892, 44527, 54582, 28045, 16929, 22100]);
  expect(new Set([...train, ...validation]).size).toBe(60_000);
  expect(splitIndices(60_000, 43).train.subarray(0, 8)).not.toEqual(train.subarray(0, 8));
});

it('takes the first of each where limited', () => {
  const whole = splitIndices(60_000, 42);
  const limited = splitIndices(60_000, 42, { train: 100, validation: 1 });
  expect(limited.train).toEqual(whole.train.subarray(0, 100));
  expect(limited.validation).toEqual(whole.validation.subarray(0, 1));
});

it('says how many there are where the limit is impossible', () => {
  for (const limit of [0, -1, 1.5, 54_001, Number.NaN])
    expect(() => splitIndices(60_000, 42, { train: limit })).toThrow(UsageError);
  expect(() => splitIndices(60_000, 42, { train: 60_000 })).toThrow(
    'limitTrain: expected a whole number from 1 to 54000, the number of training images, got 60000',
  );
  expect(() => splitIndices(60_000, 42, { validation: 6001 })).toThrow(
    'limitValidation: expected a whole number from 1 to 6000',
  );
});
