import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { neighbourEmbedding, principalComponents } from '../../src/exploration/projections.ts';
import { stream } from '../../src/random/streams.ts';

/** 100 digits and what scikit-learn makes of them (test/fixtures/exploration/make.py). */
const witness: {
  readonly levels: string;
  readonly labels: readonly number[];
  readonly shares: readonly number[];
  readonly scores: readonly (readonly number[])[];
} = JSON.parse(readFileSync('test/fixtures/exploration/digits-pca.json', 'utf8'));
const levels = Buffer.from(witness.levels, 'base64');
const rows = Array.from({ length: 100 }, (_, row) => [...levels.subarray(64 * row, 64 * (row + 1))]);

describe('principal components', () => {
  it("are scikit-learn's, up to their sign", async () => {
    const found = await principalComponents(rows);
    expect(found?.shares).toHaveLength(50);
    for (const [component, share] of witness.shares.entries()) expect(found?.shares[component]).toBeCloseTo(share, 10);
    const sizes = (scores: readonly (readonly number[])[]) => scores.map((row) => row.slice(0, 5).map(Math.abs));
    const own = sizes(found?.scores.slice(0, 4) ?? []);
    for (const [row, scores] of sizes(witness.scores).entries())
      for (const [component, score] of scores.entries()) expect(own[row]?.[component]).toBeCloseTo(score, 8);
  });

  it('keep one sign, and are none of rows that are alike', async () => {
    const mirrored = await principalComponents(rows.map((row) => row.map((value) => 16 - value)));
    const found = await principalComponents(rows);
    expect(mirrored?.scores[0]?.[0]).toBeCloseTo(-(found?.scores[0]?.[0] ?? 0), 8);
    expect(
      await principalComponents([
        [1, 2],
        [1, 2],
        [1, 2],
      ]),
    ).toBeUndefined();
  });
});

describe('neighbour embedding', () => {
  it('is the same each time, and keeps neighbours', async () => {
    const embed = (some: number[][]) => {
      const words = stream(0, 'projection');
      return neighbourEmbedding(some, { random: () => words.nextUint32(), onEpoch: () => undefined });
    };
    expect(await embed(rows.slice(0, 20))).toEqual(await embed(rows.slice(0, 20)));
    const points = (await embed(rows)) ?? [];
    const right = points.filter(([x, y], at) => {
      const distance = (other: number) => Math.hypot((points[other]?.[0] ?? 0) - x, (points[other]?.[1] ?? 0) - y);
      const nearest = [...points.keys()]
        .filter((other) => other !== at)
        .toSorted((a, b) => distance(a) - distance(b))[0];
      return witness.labels[nearest ?? 0] === witness.labels[at];
    });
    // By chance a tenth.
    expect(right.length).toBeGreaterThan(70);
  });

  it('needs rows', async () => {
    expect(await neighbourEmbedding(rows.slice(0, 3), { random: () => 0, onEpoch: () => undefined })).toBeUndefined();
  });
});
