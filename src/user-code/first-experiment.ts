import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { ensureDirectory, writeFileAtomic } from '../files/atomic.ts';
import { experimentFileIn } from './experiment-file.ts';

/** The name of the file that is written. */
export const experimentFile = 'experiment.ts';

/**
 * Writes an experiment to begin with into a folder: a network of one's own and a recipe, with a word on what may be changed.
 *
 * @param data the name of the data set
 * @returns the path of the file
 * @throws UsageError where the folder has an experiment; AtelierError where the file cannot be written
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
  await ensureDirectory(folder);
  await writeFileAtomic(path, firstExperiment(data), 'the experiment');
  return path;
}

/** The text of the file: in it is all that an experiment needs. */
export function firstExperiment(data: string): string {
  return `/**
 * An experiment: a network of your own, how it is trained, and on what.
 *
 *   npx atelier train small                      trains it, in a minute or two; prints the folder of the run
 *   npx atelier train small --epochs 1 --limit-train 2000        a quick try
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
  data: '${data}',
  models: {
    small: {
      model: small,
      // What is not said here is as in \`npx atelier train --help\`; an option of a command counts more.
      recipe: {
        epochs: 3,
        batchSize: 64,
        optimizer: { name: 'adamw', lr: 0.01 },
        schedule: { name: 'one-cycle', maxLr: 0.01 },
      },
    },
    // A model of the catalogue, to hold yours against: npx atelier train m2, then npx atelier compare artifacts/runs/*
    m2: { recipe: { epochs: 3 } },
  },
});
`;
}
