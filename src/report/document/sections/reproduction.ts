import { paragraph, type Section, table } from '../document.ts';
import type { SectionContext } from '../sources.ts';

/** What the runs were computed with. */
export function environmentSection({ report }: SectionContext): Section {
  const header = ['', ...report.runs.map(({ label }) => label)];
  const rows = report.environment.map(({ name, values }) => [name, ...values]);
  return {
    id: 'environment',
    title: 'Environment',
    blocks: [table({ header, rows }, { textColumns: header.length, label: 'Environment of all runs' })],
  };
}

/** The commands that make all of it again. */
export function reproductionSection({ report }: SectionContext): Section {
  return {
    id: 'reproduce',
    title: 'How to reproduce',
    blocks: report.reproduce.flatMap(({ purpose, commands }) => [
      paragraph(`${purpose}:`),
      { kind: 'code', language: 'sh', lines: commands } as const,
    ]),
  };
}
