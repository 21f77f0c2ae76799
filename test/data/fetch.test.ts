import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { FetchLimits } from '../../src/data/fetch.ts';
import { partFiles } from '../../src/data/manifest.ts';
import { type DatasetOptions, locateDataset } from '../../src/data/sources.ts';
import { InterruptedError } from '../../src/errors.ts';
import { type SmallDataset, serve, silent, smallDataset, temporaryFolder } from './support.ts';

const limits: FetchLimits = { connectMilliseconds: 300, idleMilliseconds: 300, attempts: 3, retryMilliseconds: 1 };
const name = 'train-images-idx3-ubyte';

/** Sends the file; honours ranges. */
function send(response: ServerResponse, body: Uint8Array, range: string | undefined): void {
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  if (start >= body.length) {
    response.writeHead(416).end();
    return;
  }
  const headers = { 'content-length': body.length - start };
  if (start === 0) response.writeHead(200, headers);
  else response.writeHead(206, { ...headers, 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` });
  response.end(body.subarray(start));
}

/** Fetches one file from the given mirrors, each a listener that gets the file's packed bytes. */
async function fetchFrom(
  listeners: readonly ((body: Uint8Array) => RequestListener)[],
  options: Partial<DatasetOptions> & { part?: (body: Uint8Array) => Uint8Array } = {},
) {
  const body = (await smallDataset()).packed(name);
  const mirrors = await Promise.all(listeners.map((listener) => serve(listener(body))));
  const small: SmallDataset = await smallDataset(mirrors);
  const dir = await temporaryFolder();
  const { part, ...others } = options;
  if (part !== undefined) await writeFile(join(dir, `${name}.gz.part`), part(body));
  const all = { dir, fill: true, manifest: small.manifest, logger: silent, limits, ...others };
  const result = locateDataset(all, partFiles(small.manifest, 'train').slice(0, 1));
  return { result, dir, body, mirrors };
}

async function expectFetched({ result, dir, body }: Awaited<ReturnType<typeof fetchFrom>>): Promise<void> {
  const path = join(dir, `${name}.gz`);
  expect(await result).toMatchObject([{ path, source: 'fetched' }]);
  expect(await readdir(dir)).toEqual([`${name}.gz`]);
  expect(Buffer.compare(await readFile(path), body)).toBe(0);
}

it('fetches, reports progress and leaves only the file', async () => {
  const seen: number[] = [];
  const fetching = await fetchFrom([(body) => (request, response) => send(response, body, request.headers.range)], {
    onProgress: ({ receivedBytes, totalBytes }) => seen.push(receivedBytes, totalBytes ?? -1),
  });
  await expectFetched(fetching);
  expect(seen.slice(-2)).toEqual([fetching.body.length, fetching.body.length]);
});

it('continues after a transfer that broke off', async () => {
  const ranges: (string | undefined)[] = [];
  const listener =
    (body: Uint8Array): RequestListener =>
    (request, response) => {
      ranges.push(request.headers.range);
      if (ranges.length > 1) return send(response, body, request.headers.range);
      response.writeHead(200, { 'content-length': body.length });
      response.write(body.subarray(0, 100), () => setTimeout(() => response.destroy(), 50));
    };
  await expectFetched(await fetchFrom([listener]));
  expect(ranges).toEqual([undefined, 'bytes=100-']);
});

it('continues what an earlier run left', async () => {
  const ranges: (string | undefined)[] = [];
  const listener =
    (body: Uint8Array): RequestListener =>
    (request, response) => {
      ranges.push(request.headers.range);
      send(response, body, request.headers.range);
    };
  await expectFetched(await fetchFrom([listener], { part: (body) => body.subarray(0, 500) }));
  await expectFetched(await fetchFrom([listener], { part: (body) => body }));
  expect(ranges[0]).toBe('bytes=500-');
});

it('starts over where the server knows no ranges, or the rest does not fit the beginning', async () => {
  const plain =
    (body: Uint8Array): RequestListener =>
    (_, response) =>
      send(response, body, undefined);
  await expectFetched(await fetchFrom([plain], { part: (body) => body.subarray(0, 500) }));
  const ranged =
    (body: Uint8Array): RequestListener =>
    (request, response) =>
      send(response, body, request.headers.range);
  await expectFetched(await fetchFrom([ranged], { part: () => new Uint8Array(500) }));
});

it('goes on to the next mirror after 404, wrong bytes, silence, endless bytes and no server', async () => {
  const listeners: ((body: Uint8Array) => RequestListener)[] = [
    () => (_, response) => response.writeHead(404).end('<html>not here</html>'),
    () => (_, response) => response.end('<html>please log in</html>'),
    () => () => undefined,
    () => (_, response) => response.writeHead(200).write('begins, then nothing'),
    () => (_, response) => response.end(new Uint8Array(200_000)),
    (body) => (request, response) => send(response, body, request.headers.range),
  ];
  await expectFetched(await fetchFrom(listeners));
});

it('asks again after 503', async () => {
  let asked = 0;
  const listener =
    (body: Uint8Array): RequestListener =>
    (request, response) => {
      if (++asked < 3) response.writeHead(503).end();
      else send(response, body, request.headers.range);
    };
  await expectFetched(await fetchFrom([listener]));
});

it('lists every failure and the ways out', async () => {
  const { result, mirrors } = await fetchFrom([
    () => (_, response) => response.writeHead(404, 'Not Found').end(),
    () => (_, response) => response.end('nonsense'),
    () => () => undefined,
  ]);
  const message = await result.then(String, (error: Error) => error.message);
  expect(message).toContain(`cannot fetch ${name}.gz; every mirror failed`);
  expect(message).toContain(`${mirrors[0]}${name}.gz: HTTP 404 Not Found`);
  expect(message).toContain(`${mirrors[1]}${name}.gz: delivered the wrong bytes`);
  expect(message).toContain(`${mirrors[2]}${name}.gz: no answer for 0.3 s`);
  expect(message).toContain('apt install dataset-fashion-mnist');
  expect(message).toContain('pass it with dataDirectory');
});

it('names the reason where no server answers', async () => {
  const small = await smallDataset(['http://127.0.0.1:9/']);
  const dir = await temporaryFolder();
  const fetching = locateDataset({ dir, fill: true, manifest: small.manifest, logger: silent, limits });
  await expect(fetching).rejects.toThrow(/127\.0\.0\.1:9.*(ECONNREFUSED|bad port)/);
});

it('keeps what it has when interrupted', async () => {
  const controller = new AbortController();
  const listener =
    (body: Uint8Array): RequestListener =>
    (_, response) => {
      response.writeHead(200, { 'content-length': body.length });
      response.write(body.subarray(0, 100));
    };
  const { result, dir } = await fetchFrom([listener], {
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(result).rejects.toThrow(InterruptedError);
  expect(await readdir(dir)).toEqual([`${name}.gz.part`]);
});
