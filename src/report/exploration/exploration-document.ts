import type { Exploration, ExploredImage } from '../../exploration/exploration.ts';
import { mostMeans } from '../../exploration/explore-data.ts';
import { alone, surely } from '../../exploration/similarity.ts';
import { thousands } from '../../text/numbers.ts';
import { oneLine } from '../../text/printable.ts';
import {
  type Block,
  type Chart,
  type Document,
  filesOf,
  list,
  type Picture,
  paragraph,
  type Section,
  table,
} from '../document/document.ts';
import { Numbering } from '../document/numbering.ts';
import { countsChart, plots, sizesChart } from './exploration-charts.ts';
import { counted, duplicateSentences, groupNote, imageName, leakage, sampleText } from './words.ts';

/** What is shown of an exploration. */
export interface ShownExploration {
  readonly exploration: Exploration;
  /** The page's numbers of images: of the classes' means, then of images by split and index. */
  readonly pictures: { readonly means: readonly number[]; readonly numberOf: (image: ExploredImage) => number };
}

/** Groups of duplicates, images of each, and doubted labels that a page shows. */
export const shown = { groups: 40, images: 12, issues: 60 } as const;

/** What was found in a data set, as a document. */
export function explorationDocument(found: ShownExploration): Document {
  const { exploration } = found;
  const numbering = new Numbering();
  const { dataset } = exploration;
  return {
    title: `${oneLine(dataset.title)}, looked at`,
    runs: [],
    summary: summary(exploration),
    sections: [
      classesSection(found, numbering),
      ...sizesSection(exploration, numbering),
      duplicatesSection(found, numbering),
      ...labelsSection(found, numbering),
      projectionsSection(exploration, numbering),
      ...damagedSection(exploration),
    ],
  };
}

function summary(exploration: Exploration): readonly Block[] {
  const { dataset, splits, labels, splitSeed } = exploration;
  const { channels, height, width } = dataset.shape;
  const leak = leakage(exploration);
  const held = splits.test === null ? 'none tests' : `${thousands(splits.test)} test`;
  return [
    {
      kind: 'paragraph',
      lead: true,
      text: `${thousands(splits.train + splits.validation + (splits.test ?? 0))} images of ${height} × ${width} ${channels === 1 ? 'grey' : 'coloured'} pixels in ${thousands(dataset.classes.length)} classes: ${thousands(splits.train)} train, ${thousands(splits.validation)} validate, ${held} (divided with seed ${splitSeed}).`,
    },
    ...(leak === null ? [] : [{ kind: 'warning', lead: 'Leakage:', text: leak } as const]),
    list([
      ...duplicateSentences(exploration),
      ...(labels ? [`Labels that the run ${oneLine(labels.run)} doubts: ${thousands(labels.issues.length)}.`] : []),
    ]),
  ];
}

function classesSection({ exploration, pictures }: ShownExploration, numbering: Numbering): Section {
  const { dataset, counts, splits } = exploration;
  const name = (label: number) => oneLine(dataset.classes[label] ?? '');
  const header = ['class', 'train', 'validation', ...(splits.test === null ? [] : ['test'])];
  const rows = counts.map(({ train, validation, test }, label) => [
    name(label),
    thousands(train),
    thousands(validation),
    ...(test === null ? [] : [thousands(test)]),
  ]);
  const more = dataset.classes.length - pictures.means.length;
  return {
    id: 'classes',
    title: 'Classes',
    blocks: [
      chartFigure(
        {
          kind: 'chart',
          id: 'counts',
          spec: countsChart(exploration),
          form: 'bars',
          alternative: 'Images of each class',
        },
        numbering.figure(),
        'Images of each class, by split',
        'class-counts',
      ),
      { kind: 'fold', summary: 'The numbers', blocks: [table({ header, rows }, { label: 'Images of each class' })] },
      {
        kind: 'figure',
        caption: {
          number: numbering.figure(),
          text: `The mean training image of each class, pixel by pixel${more > 0 ? `, of the first ${mostMeans}` : ''}`,
        },
        content: {
          kind: 'strips',
          rows: [
            {
              title: '',
              note: '',
              pictures: pictures.means.map((index, label) => ({
                index,
                alternative: `mean of ${name(label)}`,
                caption: name(label),
              })),
            },
          ],
        },
        files: filesOf('figures/mean-pictures.png'),
      },
    ],
  };
}

function chartFigure(content: Chart, number: string, caption: string, file: string): Block {
  return { kind: 'figure', caption: { number, text: caption }, content, files: filesOf(`figures/${file}.png`) };
}

function sizesSection(exploration: Exploration, numbering: Numbering): readonly Section[] {
  const { sizes, dataset } = exploration;
  const spec = sizesChart(exploration);
  if (!sizes || !spec) return [];
  const text = ({ width, height }: { readonly width: number; readonly height: number }) => `${width} × ${height}`;
  const { smallest, median, largest, distinct, unread } = sizes;
  return [
    {
      id: 'sizes',
      title: 'Sizes',
      blocks: [
        paragraph(
          `The picture files have ${counted(distinct.length, 'size')}, width by height from ${text(smallest)} to ${text(largest)}, in the middle ${text(median)}. Here and in training they are images of ${dataset.shape.width} × ${dataset.shape.height}.${unread === 0 ? '' : ` Of ${counted(unread, 'file')} the size could not be read.`}`,
        ),
        chartFigure(
          { kind: 'chart', id: 'sizes', spec, form: 'plane', alternative: 'Width and height of the pictures' },
          numbering.figure(),
          'Width and height of the picture files; larger dots are more pictures',
          'picture-sizes',
        ),
      ],
    },
  ];
}

function duplicatesSection({ exploration, pictures }: ShownExploration, numbering: Numbering): Section {
  const { duplicates, dataset } = exploration;
  const some = duplicates.groups.slice(0, shown.groups);
  const rows = some.map((group) => ({
    title:
      group.images.length > shown.images
        ? `${shown.images} of ${thousands(group.images.length)} images`
        : counted(group.images.length, 'image'),
    note: groupNote(group),
    pictures: group.images.slice(0, shown.images).map((image) => ({
      ...pictureOf(image, dataset.classes, pictures.numberOf),
      caption: `${image.split}: ${imageWithClass(image, dataset.classes)}`,
    })),
  }));
  const count =
    some.length < duplicates.groups.length
      ? `${some.length} of ${thousands(duplicates.groups.length)} groups`
      : 'All groups';
  return {
    id: 'duplicates',
    title: 'Duplicates',
    blocks: [
      ...(rows.length === 0
        ? []
        : ([
            {
              kind: 'figure',
              caption: {
                number: numbering.figure(),
                text: `${count} of images that show the same, those between splits first`,
              },
              content: { kind: 'strips', rows },
              files: filesOf('figures/duplicates.png'),
            },
          ] satisfies readonly Block[])),
      paragraph(
        `Nearly the same are images whose difference hashes differ in few bits, and whose levels correlate by ${surely.levels} or whose steps from pixel to pixel do by ${surely.steps}, at 28 pixels a side at most; ${alone.levels} is enough where no other image is nearly as near. They show the same picture saved anew, at another size or brightness. One that is cut or mirrored is not found.`,
      ),
    ],
  };
}

/** The class is said where the file's name does not say it. */
function imageWithClass(image: ExploredImage, classes: readonly string[]): string {
  const name = classes[image.label] ?? '';
  const isSaid = image.name?.split('/').slice(0, -1).includes(name) ?? false;
  return isSaid ? imageName(image) : `${oneLine(name)}, ${imageName(image)}`;
}

function pictureOf(
  image: ExploredImage,
  classes: readonly string[],
  numberOf: (image: ExploredImage) => number,
): Picture {
  return { index: numberOf(image), alternative: `${oneLine(classes[image.label] ?? '')}, ${imageName(image)}` };
}

function labelsSection({ exploration, pictures }: ShownExploration, numbering: Numbering): readonly Section[] {
  const { labels, dataset } = exploration;
  if (!labels) return [];
  const some = labels.issues.slice(0, shown.issues);
  const name = (label: number) => oneLine(dataset.classes[label] ?? '');
  const judged = labels.judged.map(({ split, images }) => `${thousands(images)} ${split}`).join(' and ');
  const probability = (share: number) => `${(100 * share).toFixed(1)} %`;
  const figure: readonly Block[] =
    some.length === 0
      ? []
      : [
          {
            kind: 'figure',
            caption: {
              number: numbering.figure(),
              text: `${some.length < labels.issues.length ? `The ${some.length} least probable labels` : 'All labels that are doubted'}: as it is → as the run would say, with the probabilities of both`,
            },
            content: {
              kind: 'strips',
              rows: [
                {
                  title: counted(labels.issues.length, 'image'),
                  note: `of ${judged} images`,
                  pictures: some.map(({ image, suggested, givenProbability, suggestedProbability }) => ({
                    ...pictureOf(image, dataset.classes, pictures.numberOf),
                    caption: `${name(image.label)} ${probability(givenProbability)} → ${name(suggested)} ${probability(suggestedProbability)}; ${image.split}, ${imageName(image)}`,
                  })),
                },
              ],
            },
            files: filesOf('figures/doubted-labels.png'),
          },
        ];
  return [
    {
      id: 'labels',
      title: 'Doubted labels',
      blocks: [
        paragraph(
          `By confident learning (Northcutt, Jiang and Chuang, JAIR 2021): an image is doubted where the run ${oneLine(labels.run)} gives another class a probability of at least that class’s own threshold, its mean over the images labelled so, and its answer is not the label. Judged are ${judged} images, which it was not trained on. It may be the run that is wrong: look.`,
        ),
        ...figure,
        {
          kind: 'fold',
          summary: 'Thresholds of the classes',
          blocks: [
            table(
              {
                header: ['class', 'threshold', 'doubted'],
                rows: dataset.classes.map((_, label) => [
                  name(label),
                  labels.thresholds[label]?.toFixed(4) ?? 'no images',
                  thousands(labels.issues.filter(({ image }) => image.label === label).length),
                ]),
              },
              { label: 'Thresholds of the classes' },
            ),
          ],
        },
      ],
    },
  ];
}

function projectionsSection(exploration: Exploration, numbering: Numbering): Section {
  const drawn = plots(exploration);
  return {
    id: 'projections',
    title: 'Projections',
    blocks: [
      paragraph(
        drawn.length === 0
          ? 'All images are alike: there is nothing to project.'
          : `Each point is an image: ${sampleText(exploration)}, reduced to 256 numbers at most. Neighbours in UMAP’s plane are alike; how far groups lie apart means little.`,
      ),
      ...drawn.map(({ name, title, spec }) =>
        chartFigure(
          { kind: 'chart', id: name, spec, form: 'plane', alternative: title },
          numbering.figure(),
          title,
          name,
        ),
      ),
    ],
  };
}

function damagedSection({ damaged }: Exploration): readonly Section[] {
  if (damaged.length === 0) return [];
  return [
    {
      id: 'damaged',
      title: 'Left out',
      blocks: [
        paragraph(`${counted(damaged.length, 'picture')} cannot be read:`),
        list(damaged.map(({ reason }) => oneLine(reason))),
      ],
    },
  ];
}
