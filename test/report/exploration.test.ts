/** A data set with everything that can be found in one: trained on, explored and written. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { datasetInMemory } from '../../src/data/dataset.ts';
import { imagesInMemory } from '../../src/data/images.ts';
import { readExploration } from '../../src/exploration/exploration.ts';
import { createContext, defineModel, explore, flatten, linear, sequential, train } from '../../src/index.ts';
import { stream } from '../../src/random/streams.ts';
import { explorationText } from '../../src/report/exploration/exploration-text.ts';
import { keptExploration } from '../../src/report/exploration/places.ts';
import type { WrittenExploration } from '../../src/report/exploration/write-exploration.ts';
import { writeReport } from '../../src/report/write-report.ts';
import { readRunConfig } from '../../src/training/config/run-config.ts';

const shape = { channels: 1, height: 12, width: 12 };
const classes = ['<b>top</b>', 'left\nside', 'right & "below"'] as const;
const random = stream(7, 'images');

/** Noise, with a bright bar on top, at the left or below, by its class. */
function image(label: number): Uint8Array {
  return Uint8Array.from({ length: 144 }, (_, at) => {
    const [y, x] = [Math.floor(at / 12), at % 12];
    const isBright = [y < 4, x < 4, y > 7][label];
    return (random.nextUint32() % 120) + (isBright ? 120 : 0);
  });
}

function labelled(images: readonly Uint8Array[], labels: readonly number[]) {
  return imagesInMemory(shape, Uint8Array.from(images.flatMap((one) => [...one])), labels);
}

const some = (count: number) => Array.from({ length: count }, (_, at) => at % 3);
const training = some(60).map(image);
const judged = some(24).map(image);
const tested = some(12).map(image);
// Two test images are of the training images, one of them brighter; one validates under another label.
tested[0] = training[0] ?? image(0);
tested[1] = (training[1] ?? image(1)).map((level) => level + 10);
judged[3] = training[6] ?? image(0);
const judgedLabels = some(24).map((label, at) => (at === 3 ? 1 : at === 9 ? 2 : label));

const dataset = datasetInMemory(
  { name: 'bars', title: 'Bars <i>', classes, fingerprint: 'bars-1' },
  {
    train: labelled(training, some(60)),
    validation: labelled(judged, judgedLabels),
    test: labelled(tested, some(12)),
  },
);
const context = createContext({ datasets: [dataset] });
const model = defineModel(({ classes: count }) => sequential('bars', [flatten('flatten'), linear('out', 144, count)]));

let folder: string;
let run: string;
let written: WrittenExploration;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-explore-'));
  run = join(folder, 'run');
  await train({ model, data: dataset, run, context, recipe: { epochs: 30, batchSize: 15 } });
  written = await explore(undefined, { run, out: join(folder, 'explored'), context, threads: 1 });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('an exploration', () => {
  it('counts the images of each class and split', () => {
    const { splits, counts } = written.exploration;
    expect(splits).toEqual({ train: 60, validation: 24, test: 12 });
    expect(counts[0]).toEqual({ train: 20, validation: 6, test: 4 });
  });

  it('finds what is in several splits, and what has two labels', () => {
    const { exact, near, between, contradictions, groups } = written.exploration.duplicates;
    expect({ exact, near, contradictions }).toEqual({
      exact: { groups: 2, images: 4 },
      near: { groups: 1, images: 2 },
      contradictions: 1,
    });
    expect(between).toEqual([
      { of: 'validation', within: 'train', exact: 1, near: 0 },
      { of: 'test', within: 'train', exact: 1, near: 1 },
      { of: 'test', within: 'validation', exact: 0, near: 0 },
    ]);
    expect(groups.map(({ images }) => images.map(({ split, index }) => `${split} ${index}`))).toContainEqual([
      'train 1',
      'test 1',
    ]);
  });

  it('doubts the labels that were exchanged', () => {
    const issues = written.exploration.labels?.issues ?? [];
    const found = issues.map(({ image: { split, index, label }, suggested }) => [split, index, label, suggested]);
    expect(found).toContainEqual(['validation', 9, 2, 0]);
    const planted = [3, 9];
    expect(found.filter(([split, index]) => split !== 'validation' || !planted.includes(Number(index)))).toEqual([]);
  });

  it('projects all images, or as many as a page can hold', () => {
    const { projections } = written.exploration;
    expect(projections.plots.map(({ name, points }) => [name, points.length])).toEqual([
      ['pixels-pca', 96],
      ['pixels-umap', 96],
      ['layer-umap', 96],
    ]);
  });

  it('is the same each time, and is read as it was written', async () => {
    const again = await explore('bars', { run, out: join(folder, 'again'), context, threads: 1 });
    expect(readFileSync(again.json, 'utf8')).toBe(readFileSync(written.json, 'utf8'));
    expect(await readExploration(written.json)).toEqual(written.exploration);
  });

  it('writes names as text, on its page and for a terminal', () => {
    const page = readFileSync(written.page, 'utf8');
    expect(page).not.toContain('<b>top');
    expect(page).not.toContain('Bars <i>');
    expect(page).toContain('&lt;b&gt;top&lt;/b&gt;');
    expect(page).toContain('left\\nside');
    expect(page).toContain('Leakage:');
    expect(page.match(/data-chart="/g)).toHaveLength(4);
    const { text, warning } = explorationText(written.exploration);
    expect(text).toContain('left\\nside');
    expect(warning).toMatch(/^1 of 24 validation images \(4\.2 %\) and 2 of 12 test images \(16\.7 %\) have a twin/);
    expect(written.figures.map((path) => path.slice(path.lastIndexOf('/') + 1))).toEqual([
      'class-counts.png',
      'mean-pictures.png',
      'duplicates.png',
      'doubted-labels.png',
      'pixels-pca.png',
      'pixels-umap.png',
      'layer-umap.png',
    ]);
  });

  it('is found again for runs of the same data and division only', async () => {
    const config = await readRunConfig(run);
    const kept = await keptExploration(config, written.folder);
    expect(kept?.exploration).toEqual(written.exploration);
    expect(kept?.means?.subarray(1, 4).toString()).toBe('PNG');
    const other = { ...config, recipe: { ...config.recipe, splitSeed: 1 } };
    expect(await keptExploration(other, written.folder)).toBeUndefined();
    expect(
      await keptExploration({ ...config, data: { ...config.data, fingerprint: 'x' } }, written.folder),
    ).toBeUndefined();
    expect(await keptExploration(config, join(folder, 'nothing'))).toBeUndefined();
  });

  it('stands in the report of a run', async () => {
    const report = await writeReport(
      [run],
      { out: join(folder, 'report'), images: '0', threads: 1, exploration: written.folder },
      context,
    );
    const markdown = readFileSync(report.markdown, 'utf8');
    expect(markdown).toContain('## The data, looked at');
    expect(markdown).toContain('2 of the 12 test images have a twin among the training images (1 the same, 1 nearly).');
    expect(markdown).toContain('figures/data-pixels-umap.png');
    expect(readFileSync(report.page, 'utf8')).toContain('data-chart="data-pixels-umap"');
  });

  it('does not go where a report is, nor without its run', async () => {
    const out = join(folder, 'report-before');
    await rm(out, { recursive: true, force: true });
    await writeReportFile(out);
    await expect(explore('bars', { out, context })).rejects.toThrow(/holds a report/);
    await expect(explore('bars', { run: join(folder, 'none'), context })).rejects.toThrow(/is no run folder/);
    await expect(explore('bars', { run, options: { grey: true }, context })).rejects.toThrow(/the run knows/);
  });
});

async function writeReportFile(out: string): Promise<void> {
  const { mkdir } = await import('node:fs/promises');
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'report.md'), '# Mine\n');
}
