import { relative } from 'node:path';
import { usualDataName } from '../../context.ts';
import { command } from '../command.ts';
import type { Arguments, Options } from '../options.ts';

const args = {
  folder: { default: '.', description: 'Where to write it; made where it is not there' },
} as const satisfies Arguments;
const options = {} as const satisfies Options;

export const init = command({
  arguments: args,
  options,
  examples: () => [
    ['init mine', 'writes mine/experiment.ts: a small network of your own, with its recipe'],
    ['init', 'here'],
  ],
  run: async ({ folder }, context) => {
    const { writeFirstExperiment } = await import('../../user-code/first-experiment.ts');
    const path = await writeFirstExperiment(folder, usualDataName(context));
    const place = relative('.', folder) === '' ? '' : `cd ${folder} && `;
    context.logger.info(`next: ${place}npx atelier train small`);
    return { text: path, json: { experiment: path } };
  },
});
