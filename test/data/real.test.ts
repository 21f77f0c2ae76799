import { expect, it } from 'vitest';
import { loadManifest } from '../../src/data/manifest.ts';
import { prepareDataset } from '../../src/data/report.ts';
import { silent } from './support.ts';

it('finds, verifies and counts the real data set', async () => {
  // `make setup` put it in one of the places; this test does not fetch.
  const report = await prepareDataset({ manifest: await loadManifest('fashion-mnist'), logger: silent, offline: true });
  expect(report.classes.map(({ train, test }) => [train, test])).toEqual(
    Array.from({ length: 10 }, () => [6000, 1000]),
  );
  expect(report.classes[0]?.name).toBe('T-shirt/top');
  expect(report.splits).toEqual({ train: 54_000, validation: 6_000, test: 10_000 });
  expect(report.files.map(({ bytes }) => bytes)).toEqual([47_040_016, 60_008, 7_840_016, 10_008]);
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});
