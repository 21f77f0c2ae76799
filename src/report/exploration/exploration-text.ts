import { imageShapeText } from '../../data/images.ts';
import type { Exploration } from '../../exploration/exploration.ts';
import { thousands } from '../../text/numbers.ts';
import { oneLine } from '../../text/printable.ts';
import { textTable } from '../../text/table.ts';
import { counted, duplicateSentences, imageName, leakage, sampleText } from './words.ts';

/** An exploration in a few lines, and without its many points and images. */
export interface ExplorationText {
  /** What must not be overlooked; null for nothing. */
  readonly warning: string | null;
  readonly text: string;
  readonly summary: object;
}

/** Doubted labels and groups that are listed, and images of a group. */
const listed = 10;
const listedOfGroup = 4;

/** What was found, for a terminal and for programs. */
export function explorationText(exploration: Exploration): ExplorationText {
  const { dataset, splits, counts, sizes, duplicates, labels, damaged, projections } = exploration;
  const total = splits.train + splits.validation + (splits.test ?? 0);
  const name = (label: number) => oneLine(dataset.classes[label] ?? '');
  const rows = counts.map(({ train, validation, test }, label) => [name(label), train, validation, test ?? '']);
  const size = ({ width, height }: { readonly width: number; readonly height: number }) => `${width} x ${height}`;
  const lines = [
    `${oneLine(dataset.title)}: ${thousands(total)} images of ${imageShapeText(dataset.shape)}, ${thousands(dataset.classes.length)} classes`,
    '',
    textTable(['class', 'train', 'validation', 'test'], rows),
    '',
    ...(damaged.length === 0 ? [] : [`Left out, since they cannot be read: ${counted(damaged.length, 'picture')}.`]),
    ...(sizes
      ? [
          `Pictures (width x height) from ${size(sizes.smallest)} to ${size(sizes.largest)}, in the middle ${size(sizes.median)}.`,
        ]
      : []),
    ...duplicateSentences(exploration),
    ...twinLines(exploration),
    `Projected: ${sampleText(exploration)}.`,
    ...(labels ? labelLines(labels, name) : []),
  ];
  const { groups: _, ...found } = duplicates;
  return {
    warning: leakage(exploration),
    text: lines.join('\n'),
    summary: {
      dataset,
      splitSeed: exploration.splitSeed,
      splits,
      counts,
      damaged,
      sizes: sizes && { ...sizes, distinct: sizes.distinct.length },
      duplicates: found,
      labels: labels && { ...labels, issues: labels.issues.length },
      projected: projections.images.length,
    },
  };
}

/** The first groups that lie in several splits. */
function twinLines({ duplicates }: Exploration): readonly string[] {
  const across = duplicates.groups.filter(({ images }) => new Set(images.map(({ split }) => split)).size > 1);
  if (across.length === 0) return [];
  const some = across.slice(0, listed).map(({ exact, correlation, images }) => {
    const names = images.slice(0, listedOfGroup).map((image) => `${image.split} ${imageName(image)}`);
    const more = images.length > listedOfGroup ? [`and ${thousands(images.length - listedOfGroup)} more`] : [];
    return `  - ${[...names, ...more].join(', ')} (${exact ? 'the same' : correlation.toFixed(4)})`;
  });
  const more = across.length > listed ? [`  - and ${thousands(across.length - listed)} more groups`] : [];
  return ['Groups that lie in several splits, with the correlation of their images:', ...some, ...more];
}

function labelLines(
  { run, judged, issues }: NonNullable<Exploration['labels']>,
  name: (label: number) => string,
): readonly string[] {
  const images = judged.map((one) => `${thousands(one.images)} ${one.split}`).join(' and ');
  const said = `Labels that the run ${oneLine(run)} doubts, of ${images} images: ${thousands(issues.length)}.`;
  if (issues.length === 0) return [said];
  const rows = issues
    .slice(0, listed)
    .map(({ image, suggested, givenProbability, suggestedProbability }) => [
      imageName(image),
      image.split,
      name(image.label),
      { number: givenProbability.toFixed(4) },
      name(suggested),
      { number: suggestedProbability.toFixed(4) },
    ]);
  return [said, '', textTable(['image', 'split', 'label', 'probability', 'rather', 'probability'], rows)];
}
