import { isAbsolute, join, relative, sep } from 'node:path';
import { datasetNames } from '../data/manifest.ts';
import { requireData } from '../data/own/open-data.ts';
import { UsageError } from '../errors.ts';
import { ensureDirectory, writeFileAtomic } from '../files/atomic.ts';
import { experimentFileIn } from './experiment-file.ts';

/** The name of the file that is written. */
export const experimentFile = 'experiment.ts';

/**
 * Writes an experiment to begin with into a folder: a network of one's own and a recipe, with a word on what may be changed.
 *
 * @param data the name of a data set, or a folder or file, seen from the working folder
 * @returns the path of the file
 * @throws UsageError where the folder has an experiment, or there are no such data; AtelierError where the file cannot be written
 */
export async function writeFirstExperiment(folder: string, data: string): Promise<string> {
  const there = experimentFileIn(folder);
  if (there !== undefined)
    throw new UsageError(
      `'${there}' is there already, and is not written over. Choose another folder, or move it away.`,
      {
        code: 'folder-taken',
      },
    );
  const path = join(folder, experimentFile);
  const names = await datasetNames();
  const text = names.includes(data) ? firstExperiment(data) : firstExperimentOnPictures(await seenFrom(folder, data));
  await ensureDirectory(folder);
  await writeFileAtomic(path, text, 'the experiment');
  return path;
}

/** The path of data as a file in a folder names them: from that folder, unless somebody gave the whole path. */
async function seenFrom(folder: string, data: string): Promise<string> {
  await requireData(data);
  if (isAbsolute(data)) return data;
  const path = relative(folder, data).replaceAll(sep, '/');
  return path.startsWith('../') ? path : `./${path}`;
}

/** What differs with the data. */
interface Words {
  readonly data: string;
  /** Of the file's head: the commands to begin with. */
  readonly commands: readonly string[];
  /** Lines of the own model's recipe. */
  readonly recipe: readonly string[];
  readonly catalogueEpochs: number;
}

/** The text of the file: in it is all that an experiment needs. */
export function firstExperiment(data: string): string {
  return experimentText({
    data,
    commands: [
      'npx atelier train small                      trains it, in a minute or two; prints the folder of the run',
      'npx atelier train small --epochs 1 --limit-train 2000        a quick try',
    ],
    recipe: [
      'epochs: 3,',
      'batchSize: 64,',
      "optimizer: { name: 'adamw', lr: 0.01 },",
      "schedule: { name: 'one-cycle', maxLr: 0.01 },",
    ],
    catalogueEpochs: 3,
  });
}

/** The text of a file on data of one's own, of which there may be few. */
function firstExperimentOnPictures(data: string): string {
  return experimentText({
    data,
    commands: [
      'npx atelier train small                      trains it; prints the folder of the run',
      'npx atelier train small --image-size 96      on larger images; npx atelier train --help has all options',
    ],
    recipe: [
      'epochs: 20, // batches are made small where there are few pictures',
      "optimizer: { name: 'adamw', lr: 0.005 },",
      "schedule: { name: 'one-cycle', maxLr: 0.005 },",
      '// Mirrored and shifted pictures are as good as new ones, where they still show the same:',
      '// augmentation: { flipProbability: 0.5, cropPadding: 4 },',
    ],
    catalogueEpochs: 20,
  });
}

/** As text in a file of TypeScript. */
function quoted(text: string): string {
  return /['\\\n\r\u2028\u2029]/.test(text) ? JSON.stringify(text) : `'${text}'`;
}

function experimentText({ data, commands, recipe, catalogueEpochs }: Words): string {
  return `/**
 * An experiment: a network of your own, how it is trained, and on what.
 *
${commands.map((line) => ` *   ${line}`).join('\n')}
 *   npx atelier evaluate artifacts/runs/small-…
 *   npx atelier summary small                    its layers, their shapes and parameters
 */
import {
  batchNorm2d,
  conv2d,
  defineExperiment,
  defineModel,
  dropout,
  globalAveragePool2d,
  linear,
  maxPool2d,
  relu,
  sequential,
} from 'atelier';

// The function is called with the size of the images and the number of classes, so the network fits any data. Each layer has
// a name: reports, checkpoints and error messages call it so.
const small = defineModel(
  ({ input, classes, dropout: [ratio = 0] }) =>
    sequential('small', [
      conv2d('conv1', input.channels, 16, 3, { padding: 1, bias: false }),
      batchNorm2d('norm1', 16),
      relu('relu1'),
      maxPool2d('pool1', 2), // half the height and width
      conv2d('conv2', 16, 32, 3, { padding: 1, bias: false }),
      batchNorm2d('norm2', 32),
      relu('relu2'),
      globalAveragePool2d('pool2'), // one number a channel
      dropout('dropout', ratio),
      linear('fc', 32, classes), // one number a class
    ]),
  { title: 'two convolutions', dropout: [0.1] },
);

export default defineExperiment({
  name: 'first',
  title: 'A first experiment',
  data: ${quoted(data)},
  models: {
    small: {
      model: small,
      // What is not said here is as in \`npx atelier train --help\`; an option of a command counts more.
      recipe: {
${recipe.map((line) => `        ${line}`).join('\n')}
      },
    },
    // A model of the catalogue, to hold yours against: npx atelier train m2, then npx atelier compare artifacts/runs/*
    m2: { recipe: { epochs: ${catalogueEpochs} } },
  },
});
`;
}
