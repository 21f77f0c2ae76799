import type { Report } from '../../model.ts';
import { filesOf, paragraph, type Section } from '../document.ts';
import type { SectionContext } from '../sources.ts';
import type { Wording } from '../wording.ts';

/** The data set, with samples of each class. */
export function dataSection({ report, sources, numbering }: SectionContext): Section {
  const { classes } = report.dataset;
  const caption = 'Sample images with their classes';
  return {
    id: 'data',
    title: 'Data',
    blocks: [
      paragraph(dataText(report)),
      {
        kind: 'figure',
        caption: {
          number: numbering.figure(),
          text: { text: caption, page: `${caption}: the first of each class, in the order of the data set.` },
        },
        content: {
          kind: 'samples',
          rows: sources.samples.map((samples, number) => {
            const name = classes[number] ?? '';
            return { name, pictures: samples.map(({ index }) => ({ index, alternative: `${name}, #${index}` })) };
          }),
        },
        files: filesOf(sources.figures.samples),
      },
    ],
  };
}

function dataText({ dataset, introduction }: Report): Wording {
  const { title, shape, classes, images, count, split } = dataset;
  const number = (value: number) => value.toLocaleString('en');
  const training = images.train + images.validation;
  const published = [
    `${number(training)} training`,
    ...(images.test === null ? [] : [`and ${number(images.test)} test`]),
  ].join(' ');
  const colour = shape.channels === 1 ? 'grey' : 'coloured';
  const contents = (times: string) =>
    `${published} images of ${shape.height} ${times} ${shape.width} ${colour} pixels in ${classes.length} classes`;
  const division = introduction?.division === undefined ? '' : `; ${introduction.division}`;
  const used = `${number(count)} ${split} images.`;
  return {
    text: `${title}: ${contents('x')}: ${classes.join(', ')}. Here are the answers to ${used}`,
    page: `${title} holds ${contents('×')}. ${number(images.train)} of the training images train, ${number(images.validation)} validate${division}. The numbers here come from ${used}`,
  };
}
