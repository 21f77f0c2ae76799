import { UsageError } from '../../errors.ts';
import type { NoSuchImageError as NoSuchImage, Prediction } from '../../evaluation/predict-images.ts';
import type { OnFailure } from '../../failures.ts';
import { predict as predictImages } from '../../library.ts';
import { percent } from '../../text/numbers.ts';
import { command } from '../command.ts';
import { Failures } from '../failures.ts';
import type { Arguments, Options } from '../options.ts';
import { formatTable } from '../output.ts';
import { checkpoint, data, dir, split, threads } from '../shared-options.ts';

const args = {
  run: { description: 'Run folder' },
  images: {
    many: true,
    description:
      'Files (PNG, JPEG, WebP, AVIF, GIF, TIFF), or places in --split, from 0; a file that has a number for a name: ./17',
  },
} as const satisfies Arguments;

const options = {
  top: { type: 'whole', defaultText: '3', description: 'How many classes of each, most probable first' },
  invert: {
    type: 'switch',
    default: false,
    description: 'Negate files: for dark things on white. The models know light things on black',
  },
  split: { ...split, description: 'Where the numbers count' },
  checkpoint,
  data,
  dir,
  threads,
} as const satisfies Options;

export const predict = command({
  arguments: args,
  options,
  examples: ({ runs: [run] }) => [
    [`predict ${run} 17 42`, 'two test images'],
    [`predict ${run} photo.jpg --invert --top 5`, 'a photo on a white background'],
  ],
  run: async (
    { run: path, images, top, invert, split, checkpoint, data: dataPlace, dir: dataDirectory, threads },
    context,
  ) => {
    const { NoSuchImageError } = await import('../../evaluation/predict-images.ts');
    const places = images.map((image) => (/^\d+$/.test(image) ? Number(image) : image));
    const failures = new Failures(images.length, 'images', context);
    const { onFailure = thrown } = failures;
    const { predictions, ...rest } = await predictImages(path, places, {
      top,
      invert,
      split,
      checkpoint,
      data: dataPlace,
      dataDirectory,
      threads,
      context,
      onFailure: ({ subject, error }) =>
        onFailure({ subject, error: error instanceof NoSuchImageError ? withFileName(error) : error }),
    });
    return failures.with({ text: table(predictions), json: { run: path, ...rest, images: predictions } });
  },
});

const thrown: OnFailure = ({ error }) => {
  throw error;
};

/** A number is a place in the split; who meant a file is told how to write it. */
function withFileName(error: NoSuchImage): UsageError {
  const { message, place, code } = error;
  return new UsageError(`${message}. A file of that name would be ./${place}`, { code, cause: error });
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
    ? formatTable(header, rows)
    : formatTable(
        header.slice(0, 3),
        rows.map((row) => row.slice(0, 3)),
      );
}
