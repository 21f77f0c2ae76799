/** Options that several commands take, declared once: the same words mean the same everywhere. */
import { catalogue } from '../../graphs/models/catalogue.ts';
import type { Option } from './options.ts';

/** The models that can be named. */
export const modelNames: readonly string[] = catalogue.map(({ name }) => name);

/** Which checkpoint of a run. */
export const checkpoint = {
  type: 'choice',
  choices: ['best', 'last'],
  defaultText: 'best',
  description: 'Which checkpoint',
} as const satisfies Option;

/** Which part of the data set. */
export const split = {
  type: 'choice',
  choices: ['test', 'validation', 'train'],
  defaultText: 'test; validation where there are no test images',
  description: 'Which images',
} as const satisfies Option;

/** Which run the others are held against. */
export const baseline = {
  type: 'text',
  value: 'RUN',
  defaultText: 'the lowest validation loss; of two the first',
  description: 'The run that all others are held against',
} as const satisfies Option;

/** Whether each run is held against each other one. */
export const pairs = {
  type: 'switch',
  description: 'Hold each run against each other one, not only against the baseline',
} as const satisfies Option;

/** Where a run's data are. */
export const data = {
  type: 'text',
  value: 'DATA',
  defaultText: "the run's",
  description: 'Where the data of the run are now: the same pictures in another folder',
} as const satisfies Option;

/** Where a named data set lies. */
export const dir = {
  type: 'text',
  value: 'FOLDER',
  description: 'Folder that holds the files of a named data set; no other is looked into then',
} as const satisfies Option;

/** How many threads compute. */
export const threads = {
  type: 'whole',
  defaultText: 'all processors',
  description: 'Threads to compute with',
} as const satisfies Option;
