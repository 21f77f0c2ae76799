import type { ClaimCheck } from '../../evaluation/comparison/claim.ts';
import { capital } from '../../evaluation/comparison/words.ts';
import { escaped } from '../../text/markdown.ts';
import type { Block, Document, Figure, ListItem, Section, TableBlock } from '../document/document.ts';
import { worded } from '../document/wording.ts';
import { bullets, fenced, joined, markdownTable, picture } from './markdown-parts.ts';

/** A document as Markdown, with a final newline. Of figures it shows the picture files. */
export function markdownText({ title, summary, sections }: Document): string {
  return joined([
    title === null ? '' : `# ${escaped(worded(title, 'text'))}`,
    ...summary.flatMap(blockTexts),
    ...sections.flatMap(sectionTexts),
  ]);
}

function sectionTexts({ title, blocks }: Section): readonly string[] {
  const texts = blocks.flatMap(blockTexts);
  if (texts.length === 0) return [];
  return title === null ? texts : [`## ${escaped(worded(title, 'text'))}`, ...texts];
}

function blockTexts(block: Block): readonly string[] {
  switch (block.kind) {
    case 'paragraph':
      return [escaped(worded(block.text, 'text'))];
    case 'heading':
      return [`### ${escaped(block.text)}`];
    case 'list':
      return [block.bare ? block.items.map(itemText).join('  \n') : bullets(block.items.map(itemText))];
    case 'table':
      return tableTexts(block);
    case 'figure':
      return figureTexts(block);
    case 'code':
      return [fenced(block.lines.join('\n'), block.language)];
    case 'warning':
      return [`**${escaped(block.lead ?? 'Note:')}** ${escaped(block.text)}`];
    case 'findings':
      return [
        bullets(block.statements.map(({ finding, text }) => itemText({ lead: capital(finding), text: `${text}.` }))),
      ];
    case 'claims':
      return block.checks.flatMap(claimTexts);
    case 'cards':
      return block.cards.map(({ title, subtitle, value, unit, facts }) =>
        [
          bullets([itemText({ lead: `${title} (${subtitle})`, text: `${value} ${unit}` })]),
          ...facts.map(([name, text]) => `  - ${escaped(`${name}: ${text}`)}`),
        ].join('\n'),
      );
    case 'per-run':
      return block.runs.flatMap((blocks) => blocks.flatMap(blockTexts));
    case 'side-by-side':
      return block.blocks.flatMap(blockTexts);
    case 'only':
      return block.medium === 'text' ? block.blocks.flatMap(blockTexts) : [];
    // What a reader opens or chooses on a page.
    case 'fold':
    case 'inputs':
      return [];
  }
}

function itemText({ lead, text }: ListItem): string {
  return lead === undefined ? escaped(text) : `**${escaped(lead)}**: ${escaped(text)}`;
}

function tableTexts({ table, caption, textColumns }: TableBlock): readonly string[] {
  const text = markdownTable(table, textColumns);
  return caption === undefined ? [text] : [`**${captionText(caption)}**`, text];
}

function captionText({ number, text }: Figure['caption']): string {
  return escaped(`${number}. ${worded(text, 'text')}`);
}

/** The pictures, each with its caption below; a figure without any is left out, but for its table. */
function figureTexts({ caption, files, table }: Figure): readonly string[] {
  const whole = `${caption.number}. ${worded(caption.text, 'text')}`;
  const pictures = files.map(({ path, text }) => picture(path, text ?? whole));
  if (table === undefined) return pictures;
  return [...(pictures.length === 0 ? [`**${captionText(caption)}**`] : pictures), ...tableTexts(table)];
}

function claimTexts({ number, claim, verdict, parts, note }: ClaimCheck): readonly string[] {
  const agreement = (agrees: boolean | null) => (agrees === null ? '' : agrees ? 'agrees, ' : 'disagrees, ');
  return [
    `### Claim ${number}: ${escaped(claim)}`,
    `**${capital(verdict)}.**`,
    bullets(
      parts.map(({ statement, published, runs }) =>
        [
          `${escaped(capital(statement))}: **${runs.finding}**.`,
          `  - These runs: ${escaped(runs.text)}.`,
          `  - The report's own numbers: ${agreement(published.agrees)}${escaped(published.text)}.`,
        ].join('\n'),
      ),
    ),
    ...(note === null ? [] : [escaped(note)]),
  ];
}
