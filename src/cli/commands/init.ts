import { relative } from 'node:path';
import { usualDataName } from '../../context.ts';
import { command } from '../command.ts';
import type { Arguments, Options } from '../options.ts';

const args = {
  folder: { default: '.', description: 'Where to write it; made where it is not there' },
} as const satisfies Arguments;
const options = {
  data: {
    type: 'text',
    value: 'DATA',
    defaultText: 'fashion-mnist',
    description:
      'What it trains on: a folder of pictures, a table of them (.csv), arrays (.npz) or the name of a data set',
  },
} as const satisfies Options;

export const init = command({
  arguments: args,
  options,
  examples: () => [
    ['init mine', 'writes mine/experiment.ts: a small network of your own, with its recipe'],
    ['init', 'here'],
    ['init mine --data ./photos', 'on pictures of your own, CLASS/PICTURE'],
  ],
  run: async ({ folder, data }, context) => {
    const { writeFirstExperiment } = await import('../../user-code/first-experiment.ts');
    const path = await writeFirstExperiment(folder, data ?? usualDataName(context));
    const place = relative('.', folder) === '' ? '' : `cd ${folder} && `;
    context.logger.info(`next: ${place}npx atelier train small`);
    return { text: path, json: { experiment: path } };
  },
});
