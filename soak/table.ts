import { existsSync } from 'node:fs';
import { markdownTable } from '../src/text/table.ts';
import { campaigns } from './campaigns.ts';
import { type Figures, figuresPath, readFigures } from './figures.ts';

/** The figures of all campaigns that have some in a folder: a table in Markdown. */
export async function figureTable(folder: string): Promise<string> {
  const paths = campaigns.map(({ name }) => figuresPath(folder, name)).filter((path) => existsSync(path));
  const all = await Promise.all(paths.map(readFigures));
  return markdownTable(
    ['campaign', 'tried', 'goal', 'minutes', 'open failures', 'mended', 'greatest'],
    all.map((figures) => [
      figures.campaign,
      { number: `${figures.count.toLocaleString('en')} ${figures.unit}` },
      { number: figures.goal?.toLocaleString('en') ?? '' },
      Math.round(figures.seconds / 60),
      figures.failures.length,
      figures.mended.length,
      { number: greatestOf(figures) },
    ]),
  ).join('\n');
}

function greatestOf({ maxima }: Figures): string {
  return Object.entries(maxima)
    .map(([name, value]) => `${name}: ${Number(value.toPrecision(3)).toLocaleString('en')}`)
    .join('; ');
}
