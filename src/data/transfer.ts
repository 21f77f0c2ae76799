import { open, stat } from 'node:fs/promises';
import { hasCode, messageOf } from '../errors.ts';
import { fileProblem } from '../files/problems.ts';
import { Deadline } from './deadline.ts';

/** What is needed of `fetch` and of its answer. */
export type Fetch = (
  url: string,
  init: { readonly headers: Record<string, string>; readonly signal: AbortSignal },
) => Promise<Answer>;
interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Pick<Headers, 'get'>;
  readonly body: (AsyncIterable<Uint8Array> & { cancel(): Promise<void> }) | null;
}

export interface Transfer {
  readonly url: string;
  /** The file that grows; what it already holds is not asked for again. */
  readonly part: string;
  /** A body longer than this is refused. */
  readonly maxBytes: number;
  /** How long the server may take to answer, and then to send each next piece. */
  readonly connectMilliseconds: number;
  readonly idleMilliseconds: number;
  readonly fetch: Fetch;
  readonly signal: AbortSignal | undefined;
  /** `total` is null where the server does not tell. */
  readonly onBytes: (received: number, total: number | null) => void;
}

/** A transfer that failed for the server's or the network's reasons; `transient`: the same address may work later. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
  readonly transient: boolean;

  constructor(message: string, transient: boolean, cause?: unknown) {
    super(message, { cause });
    this.transient = transient;
  }
}

/**
 * Downloads one address into the `.part` file, continuing it by an HTTP range (RFC 9110, section 14) where the server can,
 * from the start where it cannot. Returns whether earlier bytes were built upon. The bytes are not verified here.
 *
 * @throws TransferError, with the received bytes kept in the file
 * @throws AtelierError where the file cannot be written
 */
export async function transfer(request: Transfer): Promise<{ resumed: boolean }> {
  const { url, part, connectMilliseconds, idleMilliseconds } = request;
  const offset = await sizeOf(part);
  const deadline = new Deadline();
  const signals = [deadline.signal, ...(request.signal === undefined ? [] : [request.signal])];
  try {
    deadline.set(connectMilliseconds, 'no answer');
    const response = await request.fetch(url, {
      // A transparent compression would make lengths and ranges count something else than the file's bytes.
      headers: { 'accept-encoding': 'identity', ...(offset > 0 ? { range: `bytes=${offset}-` } : {}) },
      signal: AbortSignal.any(signals),
    });
    // Not satisfiable: nothing comes after what is there. Verification will tell whether it is the whole file.
    if (response.status === 416 && offset > 0) {
      await response.body?.cancel();
      return { resumed: true };
    }
    const { resumed, total } = await readHead(response, offset);
    deadline.set(idleMilliseconds, 'nothing more came');
    await appendBody(response, resumed ? offset : 0, total, request, () =>
      deadline.set(idleMilliseconds, 'nothing more came'),
    );
    return { resumed };
  } catch (error) {
    if (deadline.reason !== undefined) throw new TransferError(deadline.reason, deadline.answered, error);
    if (error instanceof TypeError) throw new TransferError(networkReason(error), deadline.answered, error);
    throw error;
  } finally {
    deadline.clear();
  }
}

/** Judges status and headers: whether the body continues at `offset`, and the length of the whole file if known. */
async function readHead(response: Answer, offset: number): Promise<{ resumed: boolean; total: number | null }> {
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const known = Number.isSafeInteger(length) && response.headers.get('content-encoding') === null;
  if (response.status === 200) return { resumed: false, total: known ? length : null };
  const range = response.headers.get('content-range');
  if (response.status === 206 && range?.startsWith(`bytes ${offset}-`)) {
    return { resumed: true, total: known ? offset + length : null };
  }
  await response.body?.cancel();
  if (response.status === 206) {
    throw new TransferError(`answered with the range '${range}' where bytes ${offset}- were asked for`, false);
  }
  const transient = response.status >= 500 || response.status === 408 || response.status === 429;
  throw new TransferError(`HTTP ${response.status} ${response.statusText}`.trimEnd(), transient);
}

async function appendBody(
  response: Answer,
  offset: number,
  total: number | null,
  { part, maxBytes, onBytes }: Transfer,
  onPiece: () => void,
): Promise<void> {
  const file = await writing(part, () => open(part, offset > 0 ? 'a' : 'w'));
  let received = offset;
  try {
    for await (const piece of response.body ?? []) {
      received += piece.length;
      if (received > maxBytes) throw new TransferError(`sends more than ${maxBytes} bytes`, false);
      await writing(part, () => file.writeFile(piece));
      onPiece();
      onBytes(received, total);
    }
    await writing(part, () => file.sync());
  } finally {
    await file.close();
  }
  if (total !== null && received !== total) {
    throw new TransferError(`ended after ${received} of ${total} bytes`, true);
  }
}

/** Keeps the disk's failures apart from the network's. */
async function writing<T>(part: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw fileProblem('write the download', part, error);
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0;
    throw fileProblem('read', path, error);
  }
}

/** `fetch failed` hides the reason in its cause, which for several tried addresses is itself a collection. */
function networkReason(error: Error): string {
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors.length > 0) return messageOf(cause.errors[0]);
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
