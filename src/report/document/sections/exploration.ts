import { pixelPlots } from '../../exploration/exploration-charts.ts';
import type { KeptExploration } from '../../exploration/places.ts';
import { duplicateSentences, explorationTotal, leakage } from '../../exploration/words.ts';
import { type Block, filesOf, list, paragraph, type Section } from '../document.ts';
import type { SectionContext } from '../sources.ts';

/** What looking at the runs' data has found, where somebody has looked. */
export function explorationSection(context: SectionContext): readonly Section[] {
  const { exploration: kept } = context.sources;
  return kept ? [section(kept, context)] : [];
}

function section({ exploration, means, duplicates, folder }: KeptExploration, context: SectionContext): Section {
  const { numbering, sources } = context;
  const files = sources.figures.exploration;
  const leak = leakage(exploration);
  const picture = (png: Buffer | undefined, caption: string, file: string | undefined): readonly Block[] =>
    png === undefined
      ? []
      : [
          {
            kind: 'figure',
            caption: { number: numbering.figure(), text: caption },
            content: { kind: 'picture', png, alternative: caption },
            files: filesOf(file),
          },
        ];
  return {
    id: 'exploration',
    title: 'The data, looked at',
    blocks: [
      paragraph(`All ${explorationTotal(exploration)} images were looked at. More is in ${folder}: explore.html.`),
      ...(leak === null ? [] : [{ kind: 'warning', lead: 'Leakage:', text: leak } as const]),
      list(duplicateSentences(exploration)),
      ...picture(means, 'The mean training image of each class', files?.means),
      ...picture(duplicates, 'Groups of images that show the same, those between splits first', files?.duplicates),
      ...pixelPlots(exploration).map(
        ({ name, title, spec }): Block => ({
          kind: 'figure',
          caption: { number: numbering.figure(), text: title },
          content: { kind: 'chart', id: `data-${name}`, spec, form: 'plane', alternative: title },
          files: filesOf(files?.plots[name]),
        }),
      ),
    ],
  };
}
