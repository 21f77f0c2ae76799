import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { networkFetch } from '../../src/data/proxy.ts';
import { locateDataset } from '../../src/data/sources.ts';
import { serve, silent, smallDataset, temporaryFolder } from './support.ts';

/** A proxy on this machine that keeps what it is asked for, and by whom. */
async function proxy(): Promise<{ readonly host: string; readonly asked: string[]; readonly users: string[] }> {
  const asked: string[] = [];
  const users: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(501).end();
  });
  server.on('connect', (request, socket, head) => {
    asked.push(request.url ?? '');
    users.push(request.headers['proxy-authorization'] ?? '');
    const [host, port] = (request.url ?? '').split(':');
    const target = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    for (const end of [target, socket]) end.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return { host: `127.0.0.1:${address.port}`, asked, users };
}

const request = () => ({ headers: {}, signal: AbortSignal.timeout(10_000) });
const hello = () => serve((_, response) => response.end('hello'));

async function textOf(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body ?? []) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

describe('the network', () => {
  it('is asked directly where the environment names no proxy', async () => {
    expect(await networkFetch({ http_proxy: '', NO_PROXY: 'example.org' })).toBe(globalThis.fetch);
  });

  it.each([['http_proxy'], ['HTTP_PROXY']])('is asked through the proxy that %s names', async (variable) => {
    const [{ host, asked, users }, url] = await Promise.all([proxy(), hello()]);
    const fetch = await networkFetch({ [variable]: `http://user:secret@${host}` });
    const answer = await fetch(url, request());
    expect(answer.status).toBe(200);
    expect(await textOf(answer.body)).toBe('hello');
    expect(asked).toEqual([new URL(url).host]);
    expect(users).toEqual([`Basic ${Buffer.from('user:secret').toString('base64')}`]);
  });

  it('is asked directly for the hosts of NO_PROXY', async () => {
    const [{ host, asked }, url] = await Promise.all([proxy(), hello()]);
    const fetch = await networkFetch({ HTTP_PROXY: `http://${host}`, NO_PROXY: 'example.org,127.0.0.1' });
    expect((await fetch(url, request())).status).toBe(200);
    expect(asked).toEqual([]);
  });

  it('that cannot be reached through a proxy: the reason names it, without its password', async () => {
    const { manifest } = await smallDataset(['http://mirror.invalid/']);
    const limits = { connectMilliseconds: 5000, idleMilliseconds: 5000, attempts: 1, retryMilliseconds: 1 };
    const fetch = await networkFetch({
      https_proxy: 'http://user:secret@127.0.0.1:9',
      http_proxy: 'http://127.0.0.1:9',
    });
    const dir = await temporaryFolder();
    const failure = await locateDataset({ manifest, dir, fill: true, logger: silent, limits, fetch }).catch(
      (error: unknown) => error,
    );
    expect(String(failure)).toContain('http://mirror.invalid/');
    expect(String(failure)).toMatch(/ECONNREFUSED 127\.0\.0\.1:9 \(proxy set here: http:\/\/127\.0\.0\.1:9\)/);
    expect(String(failure)).not.toContain('secret');
  });

  it('fetches a data set through a proxy', async () => {
    const { host, asked } = await proxy();
    const files = await smallDataset();
    const mirror = await serve((question, response) => response.end(files.packed((question.url ?? '').slice(1))));
    const { manifest } = await smallDataset([mirror]);
    const fetch = await networkFetch({ HTTP_PROXY: `http://${host}` });
    const dir = await temporaryFolder();
    const found = await locateDataset({ manifest, dir, fill: true, logger: silent, fetch });
    expect(found.map(({ source }) => source)).toEqual(['fetched', 'fetched', 'fetched', 'fetched']);
    expect(new Set(asked)).toEqual(new Set([new URL(mirror).host]));
  });
});
