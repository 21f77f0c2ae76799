import { join } from 'node:path';
import { z } from 'zod';
import type { Campaign, Trial } from './campaign.ts';
import { makeSeeds } from './mutations/seeds.ts';
import { watched } from './watched.ts';

const mostMegabytes = 1024;

const answerSchema = z.object({
  count: z.int(),
  tallies: z.record(z.string(), z.number()),
  slowest: z.number(),
  failures: z.array(z.string()),
});

/** Changed files for every reader of files; a case is some hundred of them for one reader. */
export const mutations: Campaign = mutationsOf(1);

/** The same of fewer files: each case has this share of them, those with which it begins. */
export function mutationsOf(share: number): Campaign {
  return {
    name: 'mutations',
    promise:
      'no changed file crashes or hangs a reader, fills the memory, gives a raw error or is taken where it contradicts itself',
    unit: 'files',
    goal: 1_000_000,
    start: async ({ folder, say }) => {
      say('mutations: making the valid files');
      await makeSeeds(join(folder, 'seeds'));
      const readers = watched(new URL('mutations/worker.ts', import.meta.url), { patience: 120 });
      return {
        tryCase: async (number): Promise<Trial> => {
          const outcome = await readers.do({ folder, case: number, share });
          if (outcome.kind === 'crashed')
            return { count: 1, tallies: { crashed: 1 }, failures: [`a crash: ${outcome.how}`] };
          if (outcome.kind === 'hung')
            return { count: 1, tallies: { hung: 1 }, failures: [`no answer within ${Math.round(outcome.seconds)} s`] };
          const { count, tallies, slowest, failures } = answerSchema.parse(outcome.value);
          const { peakMegabytes } = outcome;
          return {
            count,
            tallies,
            maxima: { 'slowest file, s': slowest, 'most memory, MB': peakMegabytes },
            failures:
              peakMegabytes > mostMegabytes ? [...failures, `${Math.round(peakMegabytes)} MB of memory`] : failures,
          };
        },
        close: async () => readers.close(),
      };
    },
  };
}
