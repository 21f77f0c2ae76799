import { expect, it } from 'vitest';
import {
  datasetFiles,
  datasetFingerprint,
  defaultDatasetDirectory,
  loadManifest,
  manifestShape,
  parseManifest,
  publishedCounts,
} from '../../src/data/manifest.ts';
import { AtelierError } from '../../src/errors.ts';
import { idxManifest } from './support.ts';

it('describes Fashion-MNIST', async () => {
  const manifest = await loadManifest('fashion-mnist');
  expect(manifest.classes).toHaveLength(10);
  expect(manifest.classes[9]).toBe('Ankle boot');
  expect(manifestShape(manifest)).toEqual({ channels: 1, height: 28, width: 28 });
  expect(publishedCounts(manifest)).toEqual({ train: 60_000, test: 10_000 });
  expect(datasetFiles(manifest).map(({ bytes }) => bytes)).toEqual([47_040_016, 60_008, 7_840_016, 10_008]);
  expect(defaultDatasetDirectory(manifest)).toMatch(/[/\\]datasets[/\\]fashion-mnist$/);
});

it.each(['mnist', 'kmnist'])('describes %s, of 70,000 images in ten classes', async (name) => {
  const manifest = await loadManifest(name);
  expect(manifest.classes).toHaveLength(10);
  expect(publishedCounts(manifest)).toEqual({ train: 60_000, test: 10_000 });
  const hashes = datasetFiles(manifest).map(({ sha256, gzipSha256 }) => sha256 ?? gzipSha256);
  expect(new Set(hashes).size).toBe(4);
});

it('needs a checksum of each file', async () => {
  const manifest = await idxManifest('fashion-mnist');
  const { train, test } = manifest.files;
  const { sha256: _, ...unknown } = test.labels;
  const broken = { ...manifest, files: { train, test: { ...test, labels: unknown } } };
  expect(() => parseManifest(broken)).toThrow('sha256 or gzipSha256 is needed');
});

it('names every wrong field', async () => {
  const manifest = await idxManifest('fashion-mnist');
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

it('describes CIFAR-10, of 60,000 images in colour', async () => {
  const manifest = await loadManifest('cifar10');
  expect(manifest.classes).toHaveLength(10);
  expect(manifestShape(manifest)).toEqual({ channels: 3, height: 32, width: 32 });
  expect(publishedCounts(manifest)).toEqual({ train: 50_000, test: 10_000 });
  const files = datasetFiles(manifest);
  expect(files.map(({ bytes }) => bytes)).toEqual(new Array(6).fill(30_730_000));
  expect(new Set(files.map(({ sha256 }) => sha256)).size).toBe(6);
  expect(new Set(files.map(({ download }) => download.name))).toEqual(new Set(['cifar-10-binary.tar.gz']));
});

it('has a fingerprint that follows the files', async () => {
  const manifest = await idxManifest('fashion-mnist');
  const { train, test } = manifest.files;
  expect(datasetFingerprint(manifest)).toMatch(/^[0-9a-f]{64}$/);
  const other = {
    ...manifest,
    files: { train, test: { ...test, labels: { ...test.labels, sha256: '0'.repeat(64) } } },
  };
  expect(datasetFingerprint(other)).not.toBe(datasetFingerprint(manifest));
});
