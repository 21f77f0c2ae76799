import { type PageModel, pageFiles } from '../page-model.ts';

export interface Loaded {
  readonly about: PageModel;
  readonly model: Uint8Array;
  readonly samples: Uint8Array;
  /** The runtime's WebAssembly, unpacked. */
  readonly runtime: ArrayBuffer;
}

/** Fetches everything beside the page. `report` is told how much of it has come, in bytes; never after a failure. */
export async function load(report: (done: number, total: number) => void): Promise<Loaded> {
  const counts = new Map<string, { done: number; total: number }>();
  const failure = new AbortController();
  const bytesOf = (name: string) =>
    fetchBytes(name, failure.signal, (done, total) => {
      counts.set(name, { done, total });
      const sum = (key: 'done' | 'total') => [...counts.values()].reduce((all, count) => all + count[key], 0);
      if (!failure.signal.aborted) report(sum('done'), sum('total'));
    });
  try {
    const [about, model, samples, runtime] = await Promise.all([
      bytesOf(pageFiles.about).then(parseAbout),
      bytesOf(pageFiles.model),
      bytesOf(pageFiles.samples),
      bytesOf(pageFiles.runtime).then(unpacked),
    ]);
    return { about, model, samples, runtime };
  } catch (error) {
    failure.abort();
    throw error;
  }
}

/** Written by the export that copied this very page beside it, so its fields are not checked one by one. */
function parseAbout(bytes: Uint8Array): PageModel {
  return JSON.parse(new TextDecoder().decode(bytes));
}

async function fetchBytes(name: string, signal: AbortSignal, report: (done: number, total: number) => void) {
  const response = await fetch(new URL(name, document.baseURI), { signal });
  if (!response.ok || response.body === null)
    throw new Error(`'${name}' could not be loaded: the server answered ${response.status}. Copy the whole folder.`);
  // 0 where the server does not say.
  const total = Number(response.headers.get('content-length') ?? 0);
  const parts: Uint8Array[] = [];
  let done = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    done += part.value.length;
    report(done, Math.max(done, total));
  }
  const bytes = new Uint8Array(done);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Some servers announce a .gz as compressed transfer, and then the browser has unpacked it already. */
async function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.buffer;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}
