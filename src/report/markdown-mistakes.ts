import { counted } from '../evaluation/comparison/words.ts';
import type { RunFigures } from './figures.ts';
import { escaped, markdownTable } from './markdown-parts.ts';
import type { Report, ReportedRun } from './model.ts';
import { confusedTable, mistakeTable } from './tables.ts';

/** Mistakes shown in the text; the page shows all of them. */
const listedMistakes = 10;

/** Where the models go wrong: confused classes, sure mistakes, calibration. */
export function mistakeSections(
  { runs, dataset }: Report,
  pictures: (run: ReportedRun) => RunFigures,
  figure: (path: string | undefined, caption: string) => string,
): readonly string[] {
  const optional = (path: string | undefined, caption: string) => (path === undefined ? '' : figure(path, caption));
  return [
    '## Mistakes and confidence',
    `Images are named by their position among the ${dataset.split === 'test' ? 'test' : 'training'} images.`,
    ...runs.flatMap((run) => {
      const { label, confusedPairs, confidentMistakes, calibration } = run;
      const found = pictures(run);
      if (confusedPairs.length === 0) return [`### ${escaped(label)}`, 'No answer is wrong.'];
      return [
        `### ${escaped(label)}`,
        'The most frequent confusions:',
        markdownTable(confusedTable(run), 2),
        optional(found.confusedPairs, `The most confused classes of ${label}, with the mistakes it was surest of`),
        `The mistakes it was surest of:`,
        markdownTable(mistakeTable(confidentMistakes.slice(0, listedMistakes)), 3),
        optional(found.confidentMistakes, `The most confident mistakes of ${label}`),
        `Expected calibration error, ${counted(calibration.bins.length, 'bin')}: ${(100 * calibration.error).toFixed(2)} points between confidence and accuracy, on average.`,
        optional(found.calibration, `Calibration of ${label}: accuracy by confidence`),
      ];
    }),
  ];
}
