import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { labelIssues } from '../../src/evaluation/confident-learning.ts';

/** What cleanlab has found (test/fixtures/exploration/make.py). */
const witness: {
  readonly labels: readonly number[];
  readonly probabilities: readonly (readonly number[])[];
  readonly thresholds: readonly number[];
  readonly joint: readonly (readonly number[])[];
  readonly issues: readonly number[];
} = JSON.parse(readFileSync('test/fixtures/exploration/label-issues.json', 'utf8'));

function predictions(labels: readonly number[], probabilities: readonly (readonly number[])[]) {
  return {
    classNames: (probabilities[0] ?? []).map((_, label) => `class ${label}`),
    indices: Int32Array.from(labels.keys()),
    labels: Int32Array.from(labels),
    predicted: Int32Array.from(probabilities, (row) => row.indexOf(Math.max(...row))),
    probabilities: Float32Array.from(probabilities.flat()),
  };
}

describe('confident learning', () => {
  const found = labelIssues(predictions(witness.labels, witness.probabilities));

  it("has cleanlab's thresholds and confident joint", () => {
    for (const [label, threshold] of witness.thresholds.entries())
      expect(found.thresholds[label]).toBeCloseTo(threshold, 6);
    expect(found.joint).toEqual(witness.joint);
  });

  it("finds cleanlab's issues, in its order", () => {
    expect(found.issues.map(({ at }) => at)).toEqual(witness.issues);
    for (const { at, given, suggested, givenProbability, suggestedProbability } of found.issues) {
      expect(given).toBe(witness.labels[at]);
      expect(suggested).not.toBe(given);
      expect(suggestedProbability).toBeGreaterThan(givenProbability);
    }
  });

  it('knows nothing of a class without images', () => {
    const { thresholds, issues } = labelIssues(
      predictions(
        [0, 0, 1],
        [
          [0.9, 0.1, 0],
          [0, 0.2, 0.8],
          [0, 1, 0],
        ],
      ),
    );
    expect(thresholds[2]).toBeNull();
    expect(issues).toEqual([]);
  });
});
