import type { LayerFigure } from '../../../experiment.ts';
import type { LayerSheets } from '../../drawing/sheets.ts';
import type { ReportedRun } from '../../model.ts';
import { type Block, type Figure, filesOf, only, paragraph, type Section, type Sheets } from '../document.ts';
import type { SectionContext } from '../sources.ts';
import { worded } from '../wording.ts';

const introduction =
  'Each sheet shows one input image and what every channel of a layer makes of it: dark is the lowest value of a map, yellow its highest. Choose the input below; press a sheet to enlarge it.';

/** What the layers make of a few images. */
export function layersSection(context: SectionContext): Section {
  const { sheets } = context.sources;
  const each = context.perRun((run, key) => {
    const found = sheets.get(run.name);
    const name = `${key}-input`;
    // Figures that are missing keep their numbers, so that the others are those of the original.
    const figures = run.activationFigures.map((one) =>
      layersFigure(context, run, one, found && sheetsOf(found, one, name)),
    );
    const gone = {
      kind: 'warning',
      text: `The checkpoint of ${run.label} is gone, so its layers cannot be shown.`,
    } as const;
    return [...(found === undefined ? [only('page', gone)] : inputs(found, name)), ...figures];
  });
  // Where no run has its weights, a page has nothing to say of them.
  const shown: Block = sheets.size === 0 ? only('text', each) : each;
  return {
    id: 'layers',
    title: 'What the layers see',
    blocks: [...(sheets.size === 0 ? [] : [only('page', paragraph(introduction))]), shown],
  };
}

function inputs(found: readonly LayerSheets[], name: string): readonly Block[] {
  const sheets = found[0]?.sheets ?? [];
  if (sheets.length < 2) return [];
  const pictures = sheets.map(({ position, index, title }) => ({ position, index, alternative: title }));
  return [{ kind: 'inputs', name, legend: 'Input image', pictures }];
}

function sheetsOf(found: readonly LayerSheets[], { layers }: LayerFigure, name: string): Sheets {
  const sheets = found
    .filter(({ layer }) => layers.includes(layer))
    .flatMap((one) =>
      one.sheets.map(({ position, title, png, dark }) => {
        const [channels, height, width] = one.shape;
        const alternative = `Layer ${one.layer}, ${channels} maps of ${height} × ${width}: ${title}`;
        return { position, alternative, png, ...(dark && { dark }) };
      }),
    );
  return { kind: 'sheets', name, sheets };
}

function layersFigure(
  context: SectionContext,
  run: ReportedRun,
  { layers, caption }: LayerFigure,
  content: Sheets | undefined,
): Figure {
  const { activations } = context.files(run);
  const [first, ...others] = layers.map((layer) => activations?.[layer]);
  const names = layers.join(', ');
  const what = worded(caption, 'page');
  const maps = `Activation maps of ${run.label}:`;
  return {
    kind: 'figure',
    caption: {
      number: context.numbering.figure(),
      text: {
        text: `${maps} ${worded(caption, 'text')}`,
        page: `${maps} ${what === names ? what : `${what} (${names})`}.`,
      },
    },
    content: content ?? null,
    files: filesOf(first, ...others.map((path) => ({ path, text: `${run.label}, continued` }))),
  };
}
