import { expect, it } from 'vitest';
import {
  datasetFiles,
  datasetFingerprint,
  defaultDatasetDirectory,
  loadManifest,
  parseManifest,
} from '../../src/data/manifest.ts';
import { AtelierError } from '../../src/errors.ts';

it('describes Fashion-MNIST', async () => {
  const manifest = await loadManifest('fashion-mnist');
  expect(manifest.classes).toHaveLength(10);
  expect(manifest.classes[9]).toBe('Ankle boot');
  expect(datasetFiles(manifest).map(({ shape }) => shape)).toEqual([
    [60000, 28, 28],
    [60000],
    [10000, 28, 28],
    [10000],
  ]);
  expect(defaultDatasetDirectory(manifest)).toMatch(/[/\\]datasets[/\\]fashion-mnist$/);
});

it.each(['mnist', 'kmnist'])('describes %s, of 70,000 images in ten classes', async (name) => {
  const manifest = await loadManifest(name);
  const [images] = datasetFiles(manifest);
  expect([manifest.classes.length, ...(images?.shape ?? [])]).toEqual([10, 60_000, 28, 28]);
  const hashes = datasetFiles(manifest).map(({ sha256, gzipSha256 }) => sha256 ?? gzipSha256);
  expect(new Set(hashes).size).toBe(4);
});

it('needs a checksum of each file', async () => {
  const manifest = await loadManifest('fashion-mnist');
  const { train, test } = manifest.files;
  const { sha256: _, ...unknown } = test.labels;
  const broken = { ...manifest, files: { train, test: { ...test, labels: unknown } } };
  expect(() => parseManifest(broken)).toThrow('sha256 or gzipSha256 is needed');
});

it('names every wrong field', async () => {
  const manifest = await loadManifest('fashion-mnist');
  const { train, test } = manifest.files;
  const broken = {
    ...manifest,
    mirrors: ['https://example.org/no-slash'],
    files: { train, test: { ...test, labels: { ...test.labels, sha256: 'abc', bytes: 5 } } },
    surprise: true,
  };
  expect(() => parseManifest(broken)).toThrow(AtelierError);
  for (const field of ['mirrors[0]', 'files.test.labels.sha256', 'surprise']) {
    expect(() => parseManifest(broken)).toThrow(field);
  }
  const wrongSize = { ...manifest, files: { train, test: { ...test, labels: { ...test.labels, bytes: 5 } } } };
  expect(() => parseManifest(wrongSize)).toThrow('not the size of an IDX file');
});

it('has a fingerprint that follows the files', async () => {
  const manifest = await loadManifest('fashion-mnist');
  const { train, test } = manifest.files;
  expect(datasetFingerprint(manifest)).toMatch(/^[0-9a-f]{64}$/);
  const other = {
    ...manifest,
    files: { train, test: { ...test, labels: { ...test.labels, sha256: '0'.repeat(64) } } },
  };
  expect(datasetFingerprint(other)).not.toBe(datasetFingerprint(manifest));
});
