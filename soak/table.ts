import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { markdownTable } from '../src/text/table.ts';
import { type Figures, readFigures } from './figures.ts';

/** The figures of all campaigns that have some in a folder: a table in Markdown. */
export async function figureTable(folder: string): Promise<string> {
  const names = existsSync(folder) ? (await readdir(folder)).filter((name) => name.endsWith('.json')) : [];
  const all = await Promise.all(names.sort().map((name) => readFigures(join(folder, name))));
  return markdownTable(
    ['campaign', 'what is promised', 'tried', 'goal', 'minutes', 'open failures', 'mended', 'greatest'],
    all.map((figures) => [
      `\`${figures.campaign}\``,
      figures.promise,
      { number: `${figures.count.toLocaleString('en')} ${figures.unit}` },
      { number: figures.goal?.toLocaleString('en') ?? '' },
      Math.round(figures.seconds / 60),
      figures.failures.length,
      figures.mended.length,
      { number: greatestOf(figures) },
    ]),
    2,
  ).join('\n');
}

function greatestOf({ maxima }: Figures): string {
  return Object.entries(maxima)
    .map(([name, value]) => `${name}: ${Number(value.toPrecision(3)).toLocaleString('en')}`)
    .join('; ');
}
