import { UsageError } from '../../errors.ts';
import { NoSuchImageError, type Prediction, predictImages } from '../../evaluation/predict-images.ts';
import { percent } from '../../text/numbers.ts';
import { textTable } from '../../text/table.ts';
import { threadsOf } from '../../training/environment.ts';
import type { Run } from '../command.ts';
import type { PredictOptions } from './predict.ts';

export const run: Run<PredictOptions> = async (options, context) => {
  const { run: path = '', images = [], top, invert, split, checkpoint, dir } = options;
  const request = {
    images: images.map((image) => (/^\d+$/.test(image) ? Number(image) : image)),
    top,
    invert,
    split,
    checkpoint,
    dataDirectory: dir,
    threads: threadsOf(options.threads),
  };
  const { predictions, ...rest } = await predictImages(path, request, context).catch(withFileHint);
  return { text: table(predictions), json: { run: path, ...rest, images: predictions } };
};

/** A number is a place in the split; who meant a file is told how to write it. */
function withFileHint(error: unknown): never {
  if (!(error instanceof NoSuchImageError)) throw error;
  throw new UsageError(`${error.message}. A file of that name would be ./${error.place}`, {
    code: error.code,
    cause: error,
  });
}

function table(predictions: readonly Prediction[]): string {
  const rows = predictions.flatMap(({ image, top, truth }) =>
    top.map(({ class: name, probability }, rank) => {
      const verdict = truth === undefined ? '' : name === truth ? `${truth} (right)` : `${truth} (wrong)`;
      // Right-aligned under its heading.
      const share = percent(probability, 2).padStart('probability'.length);
      return [rank === 0 ? image : '', name, share, rank === 0 ? verdict : ''];
    }),
  );
  const known = predictions.some(({ truth }) => truth !== undefined);
  const header = ['image', 'class', 'probability', 'true class'];
  return known
    ? textTable(header, rows)
    : textTable(
        header.slice(0, 3),
        rows.map((row) => row.slice(0, 3)),
      );
}
