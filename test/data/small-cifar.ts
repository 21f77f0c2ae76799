/** A data set in CIFAR-10's form with made-up pictures. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { loadManifest, parseManifest, type RecordsManifest } from '../../src/data/manifest.ts';
import { temporaryFolder } from './support.ts';

const perFile = 16;
const [classes, area] = [10, 32 * 32];

export interface SmallCifar {
  readonly manifest: RecordsManifest;
  /** A folder with `cifar-10-batches-bin` as tar unpacks it. */
  readonly unpacked: string;
  /** The archive, as the system's tar packs that folder. */
  readonly archive: Buffer;
}

/** A record: a ground of the class's own grey, red from top to bottom, green from left to right. */
function record(label: number, at: number): Uint8Array {
  const bytes = new Uint8Array(1 + 3 * area);
  bytes[0] = label;
  for (let i = 0; i < area; i += 1) {
    const [x, y] = [i % 32, Math.floor(i / 32)];
    bytes[1 + i] = 4 * y + label;
    bytes[1 + area + i] = 4 * x + label;
    bytes[1 + 2 * area + i] = 20 * label + (at % 16);
  }
  return bytes;
}

/**
 * Five files of 16 pictures to train on and one to test with.
 *
 * @param change what one file holds instead, after which its checksum is taken
 * @param tar the form of the archive, as the system's tar names it
 */
export async function smallCifar(
  mirrors: readonly string[] = [],
  change: (name: string, bytes: Uint8Array) => Uint8Array = (_, bytes) => bytes,
  tar: 'gnu' | 'ustar' | 'pax' = 'gnu',
): Promise<SmallCifar> {
  const real = await loadManifest('cifar10');
  if (real.format !== 'cifar') throw new Error('cifar10 is in records');
  const unpacked = await temporaryFolder();
  const { folder } = real.archive;
  mkdirSync(join(unpacked, folder));
  writeFileSync(join(unpacked, folder, 'batches.meta.txt'), `${real.classes.join('\n')}\n`);
  const file = ({ name }: { readonly name: string }, at: number) => {
    const records = Array.from({ length: perFile }, (_, i) => record((at + i) % classes, i));
    const bytes = change(name, Buffer.concat(records));
    writeFileSync(join(unpacked, folder, name), bytes);
    return { name, images: perFile, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const files = { train: real.files.train.map(file), test: real.files.test.map(file) };
  // In this order and with these times, so that the same files are the same archive.
  const names = ['batches.meta.txt', ...[...files.train, ...files.test].map(({ name }) => name)];
  const inside = names.map((name) => join(folder, name));
  for (const name of inside) utimesSync(join(unpacked, name), 0, 0);
  const packed = execFileSync('tar', ['-c', `--format=${tar}`, '-C', unpacked, ...inside], { maxBuffer: 2 ** 26 });
  const archive = gzipSync(packed, { level: 1 });
  const facts = { bytes: archive.length, sha256: createHash('sha256').update(archive).digest('hex') };
  const manifest = parseManifest({
    ...real,
    // Under this name nothing lies in the default folder.
    name: 'small-cifar',
    archive: { ...real.archive, ...facts },
    files,
    mirrors,
  });
  if (manifest.format !== 'cifar') throw new Error('it is in records still');
  return { manifest, unpacked, archive };
}
