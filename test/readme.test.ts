import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readMetrics } from '../src/evaluation/metrics.ts';
import { packageRoot } from '../src/files/package-root.ts';
import { readHistory } from '../src/training/history.ts';
import { modelNames } from './models.ts';

const root = packageRoot();
const reference = (model: string, file: string) => join(root, 'artifacts', 'reference', model, file);
const readme = await readFile(join(root, 'README.md'), 'utf8');

describe('README.md', () => {
  it.each(modelNames)('tells the reference results of %s, and none that there are not', async (model) => {
    const row = readme.split('\n').find((line) => line.startsWith(`| Model ${model.slice(1)} |`));
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

  it('links only to files that exist', () => {
    const paths = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path = '']) => path);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
