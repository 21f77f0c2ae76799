/** CIFAR-10's form: an archive of files of records. */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadDataset, publishedDataset } from '../../src/data/published.ts';
import { unpackRecords } from '../../src/data/records.ts';
import { prepareDataset } from '../../src/data/report.ts';
import { locateDataset } from '../../src/data/sources.ts';
import { UsageError } from '../../src/errors.ts';
import { createContext, evaluate, loadModel, train } from '../../src/index.ts';
import { naturalOrder } from '../../src/random/sampling.ts';
import { sha256 } from '../cli/folders.ts';
import { type SmallCifar, smallCifar } from './small-cifar.ts';
import { serve, silent, temporaryFolder } from './support.ts';

const archiveName = 'cifar-10-binary.tar.gz';
const files = 'cifar-10-batches-bin';

async function withArchive(small: SmallCifar, archive: Uint8Array = small.archive, name = archiveName) {
  const dir = await temporaryFolder();
  writeFileSync(join(dir, name), archive);
  return { dir, path: join(dir, name) };
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Everything that is read of a data set. */
async function contentOf(dir: string, { manifest }: SmallCifar) {
  const dataset = publishedDataset({ manifest, dir, logger: silent, offline: true });
  const [train, test] = [await dataset.load('train'), await dataset.load('test')];
  return {
    fingerprint: dataset.fingerprint,
    train: [train.labels.join(), hashOf(await train.read(naturalOrder(train.count)))],
    test: [test.labels.join(), hashOf(await test.read(naturalOrder(test.count)))],
  };
}

describe('reading', () => {
  it('has the images in the order of the files, red before green before blue', async () => {
    const small = await smallCifar();
    const {
      train,
      test,
      files: found,
    } = await loadDataset({
      manifest: small.manifest,
      dir: small.unpacked,
      logger: silent,
    });
    expect([train.count, test.count, train.shape]).toEqual([80, 16, { channels: 3, height: 32, width: 32 }]);
    // The third file's fifth picture is of class 2 + 4.
    expect(train.labels[2 * 16 + 4]).toBe(6);
    const image = await train.read(Uint32Array.of(2 * 16 + 4));
    const at = (channel: number, y: number, x: number) => image[channel * 1024 + y * 32 + x];
    expect([at(0, 10, 3), at(1, 10, 3), at(2, 10, 3)]).toEqual([46, 18, 124]);
    expect(found).toHaveLength(6);
  });

  it.each(['gnu', 'ustar', 'pax'] as const)('is the same from each place and form: %s', async (tar) => {
    const small = await smallCifar([], undefined, tar);
    const expected = await contentOf(join(small.unpacked, files), small);
    const { dir, path } = await withArchive(small);
    expect(await contentOf(dir, small)).toEqual(expected);
    expect(await contentOf(path, small)).toEqual(expected);
    expect(await contentOf(small.unpacked, small)).toEqual(expected);
    const unpacked = await withArchive(small, gunzipSync(small.archive), 'cifar-10-binary.tar');
    expect(await contentOf(unpacked.dir, small)).toEqual(expected);
  });

  it('counts classes and says where each file is', async () => {
    const small = await smallCifar();
    const { path } = await withArchive(small);
    const report = await prepareDataset({ manifest: small.manifest, dir: path, logger: silent, offline: true });
    expect(report.licence).toBeNull();
    expect(report.splits).toEqual({ train: 72, validation: 8, test: 16 });
    expect(report.classes[3]).toEqual({ name: 'cat', train: 9, test: 2 });
    expect(report.files.map((file) => [file.path, file.storedBytes])).toEqual(
      new Array(6).fill([path, small.archive.length]),
    );
  });

  it('refuses files of other lengths and contents, by name', async () => {
    const small = await smallCifar();
    const cut = join(small.unpacked, files, 'data_batch_2.bin');
    truncateSync(cut, 3073 * 15);
    await expect(contentOf(small.unpacked, small)).rejects.toThrow(
      `'${cut}' is not the file data_batch_2.bin of the data set: expected ${3073 * 16} bytes with sha256`,
    );
    await expect(contentOf(small.unpacked, small)).rejects.toThrow(`found ${3073 * 15} bytes`);
    const longer = await smallCifar();
    appendFileSync(join(longer.unpacked, files, 'test_batch.bin'), 'x');
    await expect(contentOf(longer.unpacked, longer)).rejects.toThrow('is not the file test_batch.bin');
  });

  it('refuses labels out of range, though checksums agree', async () => {
    const small = await smallCifar([], (name, bytes) =>
      name === 'data_batch_3.bin' ? Uint8Array.from(bytes, (byte, i) => (i === 3073 * 2 ? 10 : byte)) : bytes,
    );
    const refused = contentOf(small.unpacked, small);
    await expect(refused).rejects.toThrow('data_batch_3.bin: label 2 is 10, expected 0 to 9');
  });

  it('refuses bytes that are no whole records', () => {
    const into = { images: new Uint8Array(24), labels: new Uint8Array(2) };
    const shape = { channels: 3, height: 2, width: 2 };
    const unpack = (bytes: Uint8Array) => unpackRecords(bytes, { shape, classCount: 2, what: 'a.bin' }, into, 0);
    expect(() => unpack(new Uint8Array(25))).toThrow('a.bin: expected records of 13 bytes each, found 25 bytes in all');
    unpack(Uint8Array.from({ length: 26 }, (_, i) => (i === 13 ? 1 : i)));
    expect([...into.labels, into.images[12]]).toEqual([0, 1, 14]);
  });

  it('refuses archives that are cut short at any place, and leaves them', async () => {
    const small = await smallCifar();
    for (const share of [0, 0.2, 0.6, 0.9]) {
      const { dir, path } = await withArchive(small, small.archive.subarray(0, share * small.archive.length));
      await expect(contentOf(dir, small)).rejects.toThrow(
        share === 0
          ? `'${path}' is not CIFAR-10: it lacks data_batch_1.bin`
          : `'${path}' cannot be unpacked: it is cut short`,
      );
      expect(readdirSync(dir)).toEqual([archiveName]);
    }
    const tar = gunzipSync(small.archive);
    const { path } = await withArchive(small, gzipSync(tar.subarray(0, tar.length / 3), { level: 1 }));
    await expect(contentOf(path, small)).rejects.toThrow(/cannot be unpacked: it (ends within|is cut short)/);
  });

  it('refuses other archives: of other files, of other contents, and what is none', async () => {
    const small = await smallCifar();
    const other = await smallCifar([], (name, bytes) =>
      name === 'data_batch_1.bin' ? bytes.map((b) => b ^ 1) : bytes,
    );
    const changed = await withArchive(other);
    await expect(contentOf(changed.path, small)).rejects.toThrow(
      `data_batch_1.bin in '${changed.path}' is not that of the data set: expected`,
    );
    const larger = await smallCifar([], (_, bytes) => Buffer.concat([bytes, bytes]));
    await expect(contentOf((await withArchive(larger)).path, small)).rejects.toThrow(
      `expected ${3073 * 16} bytes of data_batch_1.bin in it, found ${3073 * 32}`,
    );
    const noTar = await withArchive(small, gzipSync(Buffer.alloc(5000, 'text ')));
    await expect(contentOf(noTar.path, small)).rejects.toThrow('it is no tar archive, or damaged');
    const empty = await withArchive(small, Buffer.alloc(1024));
    await expect(contentOf(empty.path, small)).rejects.toThrow(`Pass the published archive, ${archiveName}`);
  });
});

describe('finding and fetching', () => {
  it('says what a folder lacks, where it is instead, and how to have it fetched', async () => {
    const small = await smallCifar();
    const dir = await temporaryFolder();
    const inside = join(dir, 'downloads');
    mkdirSync(inside);
    writeFileSync(join(inside, archiveName), small.archive);
    const refused = locateDataset({ manifest: small.manifest, dir, logger: silent });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(`'${dir}' holds neither ${archiveName} nor data_batch_1.bin, `);
    await expect(refused).rejects.toThrow(`they are in '${inside}': pass that to dataDirectory`);
    const mistyped = locateDataset({
      manifest: small.manifest,
      dir: join(inside, 'cifar.tar.gz'),
      fill: true,
      logger: silent,
    });
    await expect(mistyped).rejects.toThrow(`dataDirectory: there is no file '${join(inside, 'cifar.tar.gz')}'`);
    const offline = locateDataset({ manifest: small.manifest, dir, fill: true, offline: true, logger: silent });
    await expect(offline).rejects.toThrow(`put ${archiveName}, or what is in it, into a folder`);
  });

  it('fetches the archive once, verified, and continues what an earlier run left', async () => {
    const { archive } = await smallCifar();
    const asked: string[] = [];
    const mirror = await serve((request, response) => {
      asked.push(`${request.url} ${request.headers.range}`);
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const head = { 'content-length': archive.length - start };
      if (start === 0) response.writeHead(200, head);
      else
        response.writeHead(206, {
          ...head,
          'content-range': `bytes ${start}-${archive.length - 1}/${archive.length}`,
        });
      response.end(archive.subarray(start));
    });
    const small = await smallCifar([mirror]);
    const dir = await temporaryFolder();
    writeFileSync(join(dir, `${archiveName}.part`), archive.subarray(0, 700));
    const found = await locateDataset({ manifest: small.manifest, dir, fill: true, logger: silent });
    expect(found.map(({ path, source, inArchive }) => [path, source, inArchive])).toEqual(
      new Array(6).fill([join(dir, archiveName), 'fetched', true]),
    );
    expect(asked).toEqual([`/${archiveName} bytes=700-`]);
    expect(readdirSync(dir)).toEqual([archiveName]);
    expect(await contentOf(dir, small)).toEqual(await contentOf(small.unpacked, small));
  });

  it('refuses what a mirror hands out instead', async () => {
    const { archive } = await smallCifar();
    const mirror = await serve((_, response) => response.end(Buffer.alloc(archive.length, 7)));
    const small = await smallCifar([mirror]);
    const dir = await temporaryFolder();
    const fetching = locateDataset({ manifest: small.manifest, dir, fill: true, logger: silent });
    await expect(fetching).rejects.toThrow(`delivered the wrong bytes: expected ${archive.length} bytes with sha256`);
    expect(readdirSync(dir)).toEqual([]);
  });
});

it('trains Model 2 in colour, resumes it to the same bytes and evaluates it', async () => {
  const small = await smallCifar();
  const { path } = await withArchive(small);
  const data = publishedDataset({ manifest: small.manifest, dir: path, logger: silent });
  const context = createContext({ datasets: [data] });
  const folder = await temporaryFolder();
  const [whole, parts] = [join(folder, 'whole'), join(folder, 'parts')];
  const common = { model: loadModel('m2'), data, threads: 1, context, target: 'portable' } as const;
  const recipe = {
    epochs: 2,
    batchSize: 24,
    augmentation: { cropPadding: 2, flipProbability: 0.5 },
    schedule: { name: 'constant' },
  } as const;
  await train({ ...common, recipe, run: whole });
  await train({ ...common, recipe: { ...recipe, epochs: 1 }, run: parts });
  await train({ ...common, recipe: { epochs: 2 }, run: parts, resume: true });
  const last = (run: string) => sha256(join(run, 'checkpoints', 'last.safetensors'));
  expect(last(parts)).toBe(last(whole));
  const { metrics } = await evaluate(whole, { context, threads: 1 });
  expect(metrics.count).toBe(16);
  expect(metrics.classes.map(({ name }) => name)).toEqual(small.manifest.classes);
});
