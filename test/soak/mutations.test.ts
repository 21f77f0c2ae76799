import { expect, it } from 'vitest';
import { readers } from '../../soak/mutations/readers.ts';
import { mutationsOf } from '../../soak/mutations.ts';
import { tryCases } from '../../soak/run.ts';

it('changed files are refused in our own words, or taken where nothing contradicts them', async () => {
  // Of each reader the first of its files: with these the campaign begins.
  const trials = await tryCases(mutationsOf(0.05), [...readers.keys()]);
  expect(trials.flatMap(({ failures }) => failures)).toEqual([]);
  const tallies = trials.flatMap((trial) => Object.entries(trial.tallies ?? {}));
  const total = (ending: string) =>
    tallies.reduce((sum, [name, times]) => sum + (name.endsWith(ending) ? times : 0), 0);
  // They are neither too strange nor too much alike.
  expect(total(': refused')).toBeGreaterThan(200);
  expect(total(': taken, another')).toBeGreaterThan(20);
});
