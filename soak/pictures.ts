import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Campaign, Trial } from './campaign.ts';
import { makePictures } from './pictures/seeds.ts';
import { watched } from './watched.ts';

const mostMegabytes = 1024;
/** Seconds for all pictures of a case, on a busy machine: large ones take two each, and each is decoded twice. */
const patience = 1_200;

const answerSchema = z.object({
  tallies: z.record(z.string(), z.number()),
  slowest: z.number(),
  failures: z.array(z.string()),
});

/** Changed pictures, as `predict` reads them; a case is some hundred that are made of one. */
export const pictures: Campaign = picturesOf(200);

/** The same with another number of pictures in each case. */
export function picturesOf(inputs: number): Campaign {
  return {
    name: 'pictures',
    promise:
      'no changed picture crashes or hangs its decoder, fills the memory, gives a raw error, two images, or one where its checksums say that it is damaged',
    unit: 'pictures',
    goal: 1_000_000,
    start: async ({ folder, say }) => {
      say('pictures: making the valid ones');
      const seeds = join(folder, 'seeds');
      await makePictures(seeds);
      const decoder = watched(new URL('pictures/worker.ts', import.meta.url), { patience });
      const last = join(folder, 'last');
      /** Keeps the picture that ended the process, where a folder is named for it. */
      const lost = async (number: number, how: string, message: string): Promise<Trial> => {
        const kept = process.env['ATELIER_SOAK_KEEP'];
        if (kept !== undefined) await copyFile(last, join(kept, `${number}-${how}`));
        return { count: 1, tallies: { [how]: 1 }, failures: [message] };
      };
      return {
        tryCase: async (number): Promise<Trial> => {
          const outcome = await decoder.do({ folder: seeds, case: number, inputs, last });
          if (outcome.kind === 'crashed') return lost(number, 'crashed', `a crash: ${outcome.how}`);
          if (outcome.kind === 'hung') return lost(number, 'hung', `no answer within ${Math.round(outcome.seconds)} s`);
          const { tallies, slowest, failures } = answerSchema.parse(outcome.value);
          const { peakMegabytes } = outcome;
          return {
            count: inputs,
            tallies,
            maxima: { 'slowest picture, s': slowest, 'most memory, MB': peakMegabytes },
            failures:
              peakMegabytes > mostMegabytes ? [...failures, `${Math.round(peakMegabytes)} MB of memory`] : failures,
          };
        },
        close: async () => decoder.close(),
      };
    },
  };
}
