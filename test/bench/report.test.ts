import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { benchChart } from '../../bench/chart.ts';
import { compared } from '../../bench/measure.ts';
import type { BenchResult } from '../../bench/result.ts';
import { environmentLines, sectionsOf } from '../../bench/table.ts';
import { writeBench } from '../../bench/write.ts';
import { compileChart } from '../../src/rendering/charts/render.ts';
import { scratchFolder } from '../files/scratch.ts';
import { decode } from '../rendering/pictures.ts';
import { environment, peerResult, settings } from './fakes.ts';

const absent = {
  status: 'absent',
  reason: 'not installed. Install it: apt install gone',
  ms: [],
  spread: null,
  imagesPerSecond: null,
  peakMemoryBytes: null,
} as const;

const result: BenchResult = {
  kind: 'atelier-bench-1',
  environment,
  data: null,
  settings,
  results: [
    {
      model: 'm1',
      measure: 'step',
      peers: compared([
        peerResult('atelier', [64, 128, 192], { details: 'target portable' }),
        peerResult('slow', [4000], { images: 4, batchSize: 4, threads: 1, evidence: [2, 1.0002] }),
        peerResult('gone', [1], absent),
      ]),
    },
  ],
};

describe('the tables', () => {
  it('show medians, ratios, memory, and who is missing', () => {
    const [section] = sectionsOf(result);
    expect(section?.title).toBe('Model 1, baseline: training step');
    expect(section?.table.rows).toEqual([
      ['Peer atelier', '128', '128', '96.0 to 160', '64.0', '1,000', '1', '1024 MiB', '-'],
      // 64 ms for 128 images against 4 s for 4.
      ['Peer slow', '4', '4,000', '4,000 to 4,000', '4,000', '1.0', '0.00050 (0.00050 to 0.00050)', '1024 MiB', '1e-4'],
      ['Peer gone', '-', 'not installed', '-', '-', '-', '-', '-', '-'],
    ]);
  });

  it('say what was done, and openly where it was less', () => {
    const [section] = sectionsOf(result);
    expect(section?.notes).toEqual([
      expect.stringMatching(/^3 interleaved repetitions, each the median of 4 steps/),
      'Best of the others: Peer slow; Atelier takes 0.00050 of its time.',
      'Peer atelier: target portable.',
      'Peer slow: 1 thread; batch of 4, compared by the image; losses of 2 steps compared; 1 of 3 repetitions.',
      'Peer gone: not installed. Install it: apt install gone',
    ]);
  });

  it('name machine, versions and date', () => {
    const text = environmentLines(result).join('\n');
    for (const part of ['2026-01-02', 'Some Processor, 2 processors, 8 GiB', 'threads: 2', 'atelier 1.0, slow 1.0'])
      expect(text).toContain(part);
  });
});

describe('the files', () => {
  it('are results, tables and a chart of each model', async () => {
    const folder = join(scratchFolder(), 'out');
    const files = await writeBench(folder, result);
    expect(files).toEqual(['results.json', 'table.md', 'm1.png'].map((name) => join(folder, name)));
    expect(JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'))).toEqual(result);
    const markdown = readFileSync(join(folder, 'table.md'), 'utf8');
    expect(markdown).toContain('| Peer slow | 4 | 4,000 |');
    expect(markdown).toContain('![m1](m1.png)');
    expect((await decode(readFileSync(join(folder, 'm1.png')))).width).toBeGreaterThan(800);
  });
});

describe('the chart', () => {
  it('shows whoever was measured, and is sound for Vega', () => {
    const chart = benchChart('m1', result.results, 'a machine');
    if (!chart) throw new Error('no chart');
    compileChart(chart);
    const text = JSON.stringify(chart);
    expect(text).toContain('Peer slow, batch 4');
    expect(text).not.toContain('Peer gone');
  });

  it('is none where nothing was measured', () => {
    expect(benchChart('m2', result.results, '')).toBeUndefined();
  });
});
