import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { figureTable } from '../soak/table.ts';
import { readMetrics } from '../src/evaluation/metrics.ts';
import { packageRoot } from '../src/files/package-root.ts';
import { readHistory } from '../src/training/history.ts';
import { modelNames } from './models.ts';

const root = packageRoot();
const reference = (model: string, file: string) => join(root, 'artifacts', 'reference', model, file);
const read = (path: string) => readFile(join(root, path), 'utf8');
const documents = ['README.md', ...(await readdir(join(root, 'docs'))).map((name) => join('docs', name))].filter(
  (name) => name.endsWith('.md'),
);

describe('what was measured', () => {
  it.each(modelNames)('of %s stands in docs/results.md, and nothing that was not', async (model) => {
    const lines = (await read('docs/results.md')).split('\n');
    const row = lines.find((line) => line.startsWith(`| Model ${model.slice(1)} |`));
    if (!existsSync(reference(model, 'metrics.json'))) return expect(row).toBeUndefined();
    const { accuracy, macro, weighted } = await readMetrics(reference(model, 'metrics.json'));
    const history = await readHistory(reference(model, 'history.jsonl'));
    const best = history.reduce((least, record) => (record.validation.loss < least.validation.loss ? record : least));
    const cells = row?.split('|').map((cell) => cell.trim());
    expect(cells?.slice(2, 6)).toEqual([
      accuracy.toFixed(4),
      macro.f1.toFixed(4),
      weighted.f1.toFixed(4),
      `${best.epoch} of ${history.length}`,
    ]);
  });

  it.each(modelNames)('of %s is the accuracy that README.md tells', async (model) => {
    const { accuracy } = await readMetrics(reference(model, 'metrics.json'));
    const told = new RegExp(`Model ${model.slice(1)}\\D+(0\\.\\d{4})`).exec(await read('README.md'));
    expect(told?.[1]).toBe(accuracy.toFixed(4));
  });
});

it.each(documents)('%s links only to files that exist', async (document) => {
  const paths = [...(await read(document)).matchAll(/\]\(([^)#:]+)\)/g)].map(([, path = '']) => path);
  expect(paths.filter((path) => !existsSync(join(root, dirname(document), path)))).toEqual([]);
});

it('docs/reliability.md has the figures of the campaigns as they are', async () => {
  const [, told] = /<!-- figures -->\n([\s\S]*?)\n<!-- \/figures -->/.exec(await read('docs/reliability.md')) ?? [];
  expect(told).toBe(await figureTable(join(root, 'artifacts', 'reference', 'soak')));
});
