import { expect, it } from 'vitest';
import { picturesOf } from '../../soak/pictures.ts';
import { tryCases } from '../../soak/run.ts';

it('changed pictures of every kind are refused in our own words, or read as a picture', async () => {
  // There are 45 valid ones; with these cases the campaign begins.
  const trials = await tryCases(picturesOf(2), [...Array.from({ length: 45 }).keys()]);
  expect(trials.flatMap(({ failures }) => failures)).toEqual([]);
  const tallies = trials.flatMap((trial) => Object.entries(trial.tallies ?? {}));
  for (const kind of ['png', 'jpg', 'webp', 'gif', 'tif', 'avif', 'svg'])
    for (const outcome of ['taken', 'refused'])
      expect(tallies.some(([name]) => name === `${kind}: ${outcome}`)).toBe(true);
});
