import { join } from 'node:path';
import { expect, it } from 'vitest';
import { trackPictures } from '../../src/explanation/track-pictures.ts';
import { together } from '../../src/tracking/observers.ts';
import { TensorBoard } from '../../src/tracking/tensorboard.ts';
import { prepareRun } from '../../src/training/training-run.ts';
import { silent } from '../data/support.ts';
import { scratchFolder } from '../files/scratch.ts';
import { context } from '../models.ts';
import { eventFiles, readEvents, scalarsIn } from './event-reader.ts';

/** Trains to an epoch and tracks it, as `train --tensorboard` does. */
async function train(run: string, epochs: number, resume: boolean): Promise<void> {
  const training = await prepareRun(
    {
      model: 'm1',
      options: { epochs, ...(resume ? {} : { batchSize: 40 }) },
      run,
      resume,
      limitTrain: 80,
      limitValidation: 40,
      threads: 1,
      device: 'cpu',
    },
    context,
  );
  try {
    const board = await TensorBoard.open(training.folder, silent);
    const { progress } = await training.train(together(board), new AbortController().signal);
    await trackPictures(board, training, progress, {}, context);
  } finally {
    await training.release();
  }
}

function pictures(run: string): readonly string[] {
  return eventFiles(run)
    .flatMap((name) => readEvents(join(run, name)))
    .flatMap(({ step, summary }) => (summary?.value ?? []).map(({ tag, image }) => ({ tag, image, step })))
    .flatMap(({ tag, image, step }) => (image === undefined ? [] : [`${tag}@${step} ${image.width > 400}`]));
}

it('a tracked training: numbers of each epoch once, pictures of the best one, also when resumed', async () => {
  const run = join(scratchFolder(), 'run');
  await train(run, 1, false);
  expect(scalarsIn(run)).toHaveLength(5);
  const expected = ['conv1', 'conv2'].flatMap((layer) =>
    [0, 1, 2, 3].map((at) => `activations/${layer}/image-0000${at}@1 true`),
  );
  expect([...pictures(run)].sort()).toEqual([...expected, 'confusion_matrix/validation@1 true']);
  await train(run, 1, true);
  expect(eventFiles(run)).toHaveLength(1);
  await train(run, 2, true);
  expect(eventFiles(run)).toHaveLength(2);
  expect(scalarsIn(run).map(([name]) => name)).toEqual(
    [1, 2].flatMap((epoch) =>
      ['loss/train', 'loss/validation', 'accuracy/train', 'accuracy/validation', 'learning_rate'].map(
        (tag) => `${tag}@${epoch}`,
      ),
    ),
  );
  expect(new Set(pictures(run)).size).toBe(pictures(run).length);
});
