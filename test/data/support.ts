import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { onTestFinished } from 'vitest';
import { type IdxManifest, loadManifest, type Manifest, parseManifest } from '../../src/data/manifest.ts';

export { silent } from '../silent.ts';

/** An IDX file of unsigned bytes. */
export function idxFile(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  for (const [axis, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * axis);
  return Buffer.concat([header, data]);
}

/** A data set of a few noisy images: its manifest, and its files' unpacked bytes by name. */
export interface SmallDataset {
  readonly manifest: IdxManifest;
  readonly contents: Readonly<Record<string, Uint8Array>>;
  /** The gzipped bytes of `<name>.gz`. */
  packed(name: string): Uint8Array;
}

/** The manifest of a data set in IDX files. */
export async function idxManifest(name: string): Promise<IdxManifest> {
  return inIdx(await loadManifest(name));
}

function inIdx(manifest: Manifest): IdxManifest {
  if (manifest.format === 'idx') return manifest;
  throw new Error(`${manifest.name} is in no IDX files`);
}

/** Like Fashion-MNIST with 12 training and 5 test images, served by `mirrors`, unknown to Debian. */
export async function smallDataset(mirrors: readonly string[] = []): Promise<SmallDataset> {
  const real = await idxManifest('fashion-mnist');
  const contents: Record<string, Uint8Array> = {};
  const describe = (file: { readonly name: string }, bytes: Uint8Array) => {
    contents[file.name] = bytes;
    return { name: file.name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const half = (part: 'train' | 'test', count: number) => {
    const pixels = Uint8Array.from({ length: count * 784 }, (_, i) => (Math.imul(i + count, 2654435761) >>> 24) & 255);
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
    const { images, labels: labelFile } = real.files[part];
    return {
      images: { ...describe(images, idxFile([count, 28, 28], pixels)), shape: [count, 28, 28] },
      labels: { ...describe(labelFile, idxFile([count], labels)), shape: [count] },
    };
  };
  const manifest = inIdx(
    parseManifest({
      ...real,
      files: { train: half('train', 12), test: half('test', 5) },
      debian: { package: 'dataset-fashion-mnist', directory: '/nonexistent/debian' },
      mirrors,
    }),
  );
  return { manifest, contents, packed: (name) => gzipSync(contents[name.replace(/\.gz$/, '')] ?? '') };
}

/** A fresh folder, removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-data-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A server on 127.0.0.1, closed after the test; returns its base address with a final slash. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}/`;
}
