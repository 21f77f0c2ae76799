import type { Campaign } from './campaign.ts';
import { calls } from './failing-calls.ts';
import { files } from './files.ts';
import { kills } from './kills.ts';
import { manyPictures } from './many-pictures.ts';
import { memory } from './memory.ts';
import { mutations } from './mutations.ts';
import { pages } from './pages.ts';
import { pictures } from './pictures.ts';
import { properties } from './properties.ts';

/** All of them, in the order in which they are run. */
export const campaigns: readonly Campaign[] = [
  kills,
  calls,
  mutations,
  pages,
  pictures,
  files,
  memory,
  manyPictures,
  properties,
];
