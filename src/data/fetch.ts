import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AtelierError, InterruptedError, messageOf } from '../errors.ts';
import { fileProblem } from '../files/problems.ts';
import { joined, type Message, said, setting } from '../message.ts';
import { type DatasetFile, datasetFiles, type Manifest } from './manifest.ts';
import { type Fetch, TransferError, transfer } from './transfer.ts';
import { readVerified, verifyPacked } from './verify.ts';

/** What a progress bar needs; `totalBytes` is null where the server does not tell. */
export interface FetchProgress {
  readonly file: string;
  readonly url: string;
  readonly receivedBytes: number;
  readonly totalBytes: number | null;
}

export interface FetchLimits {
  /** How long a mirror may take to answer, then to send each next piece; and how often it is asked. */
  readonly connectMilliseconds: number;
  readonly idleMilliseconds: number;
  readonly attempts: number;
  /** The wait before the second attempt; it doubles with each further one. */
  readonly retryMilliseconds: number;
}

export const defaultFetchLimits: FetchLimits = {
  connectMilliseconds: 10_000,
  idleMilliseconds: 20_000,
  attempts: 3,
  retryMilliseconds: 500,
};

export interface FetchOptions {
  readonly manifest: Manifest;
  /** An existing folder; what is fetched arrives there under its name, with the ending `.part` until it is whole and verified. */
  readonly directory: string;
  readonly fetch: Fetch;
  readonly limits: FetchLimits;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: FetchProgress) => void) | undefined;
}

/**
 * Fetches a file, or the archive that holds it, from the first mirror that delivers the right bytes and returns its path. An
 * interrupted download is continued, by this call or the next; the bytes are verified before the file takes its final name:
 * those of an archive as they come, others unpacked.
 *
 * @throws AtelierError with each mirror's failure; InterruptedError after an abort by `signal`
 */
export async function fetchFile(file: DatasetFile, options: FetchOptions): Promise<string> {
  const { name } = file.download;
  const failures: string[] = [];
  for (const mirror of options.manifest.mirrors) {
    const url = `${mirror}${name}`;
    const failure = await tryMirror(url, file, options);
    if (failure === undefined) return join(options.directory, name);
    failures.push(`  ${url}: ${failure}`);
  }
  throw new AtelierError(
    joined([`cannot fetch ${name}; every mirror failed:`, ...failures, waysOut(options.manifest)], '\n'),
    { code: 'data-missing' },
  );
}

/** What a person without the files can do, one way a line. */
export function waysOut(manifest: Manifest): Message {
  const { title, debian } = manifest;
  const lines = [
    `Ways to get ${title}:`,
    ...(debian ? [`  - on Debian and Ubuntu: apt install ${debian.package}`] : []),
    said`  - put ${toPut(manifest)} into a folder and pass it with ${setting('dataDirectory')}`,
    '  - with a working network, run the command again: a partial download is continued',
  ];
  return joined(lines, '\n');
}

function toPut(manifest: Manifest): string {
  if (manifest.format === 'cifar') return `${manifest.archive.name}, or what is in it,`;
  const names = datasetFiles(manifest).map(({ name }) => name);
  return `${names.join(', ')} (.gz or unpacked)`;
}

/** Why the mirror failed, or undefined once the file is in its place. */
async function tryMirror(url: string, file: DatasetFile, options: FetchOptions): Promise<string | undefined> {
  const { attempts, retryMilliseconds } = options.limits;
  let failure = 'never asked';
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await sleep(retryMilliseconds * 2 ** (attempt - 1));
    const result = await attemptOnce(url, file, options);
    if (result === undefined) return undefined;
    failure = result.failure;
    if (!result.again) break;
  }
  return failure;
}

async function attemptOnce(
  url: string,
  file: DatasetFile,
  { manifest, directory, fetch, limits, signal, onProgress }: FetchOptions,
): Promise<{ failure: string; again: boolean } | undefined> {
  const { name, archive } = file.download;
  const target = join(directory, name);
  const part = `${target}.part`;
  let resumed: boolean;
  try {
    ({ resumed } = await transfer({
      url,
      part,
      maxBytes: archive?.bytes ?? file.bytes + packingOverhead,
      connectMilliseconds: limits.connectMilliseconds,
      idleMilliseconds: limits.idleMilliseconds,
      fetch,
      signal,
      onBytes: (receivedBytes, totalBytes) => onProgress?.({ file: name, url, receivedBytes, totalBytes }),
    }));
  } catch (error) {
    if (signal?.aborted === true) {
      throw new InterruptedError(`fetching ${url} was interrupted; run the command again to continue from '${part}'.`);
    }
    if (error instanceof TransferError) return { failure: error.message, again: error.transient };
    throw error;
  }
  try {
    if (archive) await verifyPacked(part, archive);
    else await readVerified({ path: part, expected: file, known: datasetFiles(manifest), wayOut: 'It was deleted.' });
  } catch (error) {
    await rm(part, { force: true });
    // The wrong bytes may have been those that were there before: then this mirror deserves a clean start.
    return { failure: `delivered the wrong bytes: ${messageOf(error)}`, again: resumed };
  }
  try {
    await rename(part, target);
  } catch (error) {
    throw fileProblem('write the download', target, error);
  }
  return undefined;
}

/** Bytes that deflate cannot shrink grow by 5 in 16 KiB at most, plus gzip's own header (RFC 1951, RFC 1952). */
const packingOverhead = 1 << 16;
