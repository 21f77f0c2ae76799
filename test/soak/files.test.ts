import { describe, expect, it } from 'vitest';
import { files } from '../../soak/files.ts';
import { tryCases } from '../../soak/run.ts';

describe('a sample of the campaign files', () => {
  it('predicts and lists runs: nothing elsewhere is changed or read, and no socket is opened', async () => {
    const trials = await tryCases(files, [8, 12]);
    expect(trials.flatMap(({ failures }) => failures)).toEqual([]);
    expect(trials.map(({ tallies }) => tallies?.['read in the working folder'])).not.toContain(undefined);
  });
});
