import type { ClaimCheck } from '../../evaluation/comparison/claim.ts';
import { capital } from '../../evaluation/comparison/words.ts';
import { textTable } from '../../text/table.ts';
import type { Block, Caption, Document, Figure, ListItem, Section, TableBlock } from '../document/document.ts';
import { worded } from '../document/wording.ts';

/** A document for a terminal, without a final newline. Of figures it names the picture files. */
export function terminalText({ title, summary, sections }: Document): string {
  return [
    ...(title === null ? [] : [underlined(worded(title, 'text'))]),
    ...summary.flatMap(blockTexts),
    ...sections.flatMap(sectionTexts),
  ].join('\n\n');
}

function underlined(text: string): string {
  return `${text}\n${'='.repeat(text.length)}`;
}

function sectionTexts({ title, blocks }: Section): readonly string[] {
  const texts = blocks.flatMap(blockTexts);
  if (texts.length === 0 || title === null) return texts;
  return [underlined(worded(title, 'text')), ...texts];
}

function blockTexts(block: Block): readonly string[] {
  switch (block.kind) {
    case 'paragraph':
      return [worded(block.text, 'text')];
    case 'heading':
      return [`${block.text}\n${'-'.repeat(block.text.length)}`];
    case 'list':
      return [block.items.map((item) => `${block.bare ? '' : '- '}${itemText(item)}`).join('\n')];
    case 'table':
      return [tableText(block)];
    case 'figure':
      return figureTexts(block);
    case 'code':
      return [block.lines.map((line) => `  ${line}`).join('\n')];
    case 'warning':
      return [itemText({ lead: block.lead?.replace(/:$/, '') ?? 'Note', text: block.text })];
    case 'findings':
      return [
        block.statements.map(({ finding, text }) => itemText({ lead: capital(finding), text: `${text}.` })).join('\n'),
      ];
    case 'claims':
      return block.checks.map(claimText);
    case 'cards':
      return block.cards.map(({ title, subtitle, value, unit, facts }) =>
        [`${title} (${subtitle}): ${value} ${unit}`, ...facts.map(([name, text]) => `   ${name}: ${text}`)].join('\n'),
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
  return lead === undefined ? text : `${lead}: ${text}`;
}

function tableText({ table: { header, rows }, caption }: TableBlock): string {
  const text = textTable(header, rows);
  return caption === undefined ? text : `${captionText(caption)}\n${text}`;
}

function captionText({ number, text }: Caption): string {
  return `${number}. ${worded(text, 'text')}`;
}

function figureTexts({ caption, files, table }: Figure): readonly string[] {
  if (files.length === 0 && table === undefined) return [];
  const paths = files.map(({ path }) => path).join(', ');
  return [
    `${captionText(caption)}${paths === '' ? '' : `: ${paths}`}`,
    ...(table === undefined ? [] : [tableText(table)]),
  ];
}

function claimText({ number, claim, verdict, parts, note }: ClaimCheck): string {
  const agreement = (agrees: boolean | null) => (agrees === null ? '' : agrees ? 'agrees: ' : 'disagrees: ');
  return [
    `${number}. ${claim}`,
    `   ${capital(verdict)}.`,
    ...parts.flatMap(({ statement, published, runs }) => [
      `   - ${capital(statement)}: ${runs.finding}.`,
      `       these runs: ${runs.text}`,
      `       the report: ${agreement(published.agrees)}${published.text}`,
    ]),
    ...(note === null ? [] : [`   ${note}`]),
  ].join('\n');
}
