/** Options that several commands take, declared once: the same words mean the same everywhere. */

/** Which checkpoint of a run. */
export const checkpoint = {
  choices: ['best', 'last'],
  defaultDescription: 'best',
  requiresArg: true,
  describe: 'Which checkpoint',
} as const;

/** Which part of the data set. */
export const split = {
  choices: ['test', 'validation', 'train'],
  defaultDescription: 'test',
  requiresArg: true,
  describe: 'Which images',
} as const;

/** Where the data set lies. */
export const dir = { type: 'string', requiresArg: true, describe: 'Folder of the data set' } as const;

/** How many threads compute. */
export const threads = {
  type: 'number',
  requiresArg: true,
  describe: 'Threads to compute with; all processors by default',
} as const;
