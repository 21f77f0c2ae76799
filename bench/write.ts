import { join } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { ensureDirectory, writeFileAtomic } from '../src/files/atomic.ts';
import { writeJsonAtomic } from '../src/files/json.ts';
import { renderChart } from '../src/rendering/charts/render.ts';
import { bullets, joined, markdownTable } from '../src/report/printers/markdown-parts.ts';
import { benchChart } from './chart.ts';
import type { BenchResult } from './result.ts';
import { environmentLines, type Section, sectionsOf, threadsText } from './table.ts';

/**
 * Writes `results.json`, `table.md` and `<model>.png` into a folder; returns their paths.
 *
 * @throws AtelierError where the folder cannot be written
 */
export async function writeBench(folder: string, result: BenchResult): Promise<readonly string[]> {
  const { environment, settings } = result;
  const subtitle = `${environment.processor}, ${threadsText(settings.threads)}, ${environment.date.slice(0, 10)}`;
  const charts = settings.models.flatMap((model): readonly [string, TopLevelSpec][] => {
    const chart = benchChart(model, result.results, subtitle);
    return chart === undefined ? [] : [[model, chart]];
  });
  return writeDocuments(folder, result, {
    names: ['results', 'table'],
    title: 'Speed, side by side',
    lines: environmentLines(result),
    sections: sectionsOf(result),
    charts,
  });
}

/** What is written, and under which names. */
export interface Documents {
  /** File names without extension, of the results and of the tables. */
  readonly names: readonly [results: string, tables: string];
  readonly title: string;
  readonly lines: readonly string[];
  readonly sections: readonly Section[];
  /** By file name without extension. */
  readonly charts: readonly (readonly [string, TopLevelSpec])[];
}

/** Writes results, tables and charts; returns their paths, the results first. */
export async function writeDocuments(
  folder: string,
  result: object,
  { names, title, lines, sections, charts }: Documents,
): Promise<readonly string[]> {
  await ensureDirectory(folder);
  const [json, markdown] = [join(folder, `${names[0]}.json`), join(folder, `${names[1]}.md`)];
  await writeJsonAtomic(json, result, 'the results');
  const pictures: string[] = [];
  for (const [name, chart] of charts) {
    const path = join(folder, `${name}.png`);
    await writeFileAtomic(path, await renderChart(chart), 'the chart');
    pictures.push(path);
  }
  const blocks = [
    `# ${title}`,
    bullets(lines),
    ...charts.map(([name]) => `![${name}](${name}.png)`),
    ...sections.flatMap((section) => [`## ${section.title}`, markdownTable(section.table), bullets(section.notes)]),
  ];
  await writeFileAtomic(markdown, joined(blocks), 'the tables');
  return [json, markdown, ...pictures];
}
