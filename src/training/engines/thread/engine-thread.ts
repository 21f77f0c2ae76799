import { Worker } from 'node:worker_threads';
import { AtelierError, messageOf } from '../../../errors.ts';
import { builtModule } from '../../../files/built-module.ts';
// A thread's environment is a copy, so telemetry must be off before the thread is started.
import '../../../runtime/telemetry.ts';
import {
  type Answer,
  answers,
  type Farewell,
  type Posted,
  type Reply,
  type Request,
  type RequestName,
} from './messages.ts';
import { receivedError } from './sent-error.ts';

/**
 * So long a thread that is to end may go on computing, in ms. Ended by force in the middle of a call of the runtime it takes the whole
 * process along: the runtime's binding then throws where nobody can catch.
 */
const usualGrace = 30_000;

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/**
 * A thread for an engine, and the line to it. It begins to load the runtime as soon as it is made. It keeps the process
 * alive only while it owes an answer.
 */
export class EngineThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  /** Why there will be no more answers. */
  #over: AtelierError | undefined;
  #stopped: Promise<void> | undefined;
  readonly #ended: Promise<void>;
  readonly #grace: number;

  /**
   * @param program what the thread runs; tests of this line have others
   * @param grace how long `stop` waits, in ms
   * @throws AtelierError where the thread's own program is not there
   */
  constructor(program = builtModule('src/training/engines/thread/worker'), grace = usualGrace) {
    this.#grace = grace;
    // Options of this process, such as --input-type, are not the thread's.
    this.#worker = new Worker(program, { name: 'engine', execArgv: [] });
    this.#worker.on('message', (reply: Reply) => this.#receive(reply));
    this.#worker.on('messageerror', (error) => this.#end(`an answer cannot be read: ${messageOf(error)}`, error));
    this.#worker.on('error', (error) => this.#end(`it failed: ${messageOf(error)}`, error));
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#end(`it ended with code ${code}`);
        resolve();
      });
    });
    // After the listeners: one for messages keeps the process alive by itself.
    this.#worker.unref();
  }

  /** False once the thread has ended or been stopped. */
  get isAlive(): boolean {
    return this.#over === undefined;
  }

  /**
   * The answer to a request. `transfer` is handed over with it instead of being copied.
   *
   * @throws what the thread throws, of the same class; AtelierError where the thread has ended, or ends meanwhile
   */
  async ask<N extends RequestName>(
    request: Extract<Request, { readonly to: N }>,
    transfer: ArrayBuffer[] = [],
  ): Promise<Extract<Answer, { readonly to: N }>> {
    const answer = await this.#exchange(request, transfer);
    if (answers<N>(answer, request.to)) return answer;
    throw new AtelierError(`internal: the engine's thread answered '${answer.to}' to '${request.to}'`);
  }

  /** Ends the thread, as soon as what it computes is done. What it still owes is refused. Calling it again does nothing. */
  async stop(): Promise<void> {
    this.#over ??= new AtelierError("internal: the engine's thread has been stopped");
    this.#refuseAll(this.#over);
    this.#stopped ??= this.#leave();
    await this.#stopped;
  }

  async #leave(): Promise<void> {
    this.#worker.ref();
    const farewell: Farewell = 'end';
    this.#worker.postMessage(farewell);
    const force = setTimeout(() => void this.#worker.terminate(), this.#grace);
    await this.#ended;
    clearTimeout(force);
  }

  #exchange(request: Request, transfer: ArrayBuffer[]): Promise<Answer> {
    if (this.#over) return Promise.reject(this.#over);
    this.#asked += 1;
    const posted: Posted = { id: this.#asked, request };
    this.#worker.postMessage(posted, transfer);
    return new Promise((resolve, reject) => {
      this.#waiting.set(posted.id, { resolve, reject });
      this.#worker.ref();
    });
  }

  #receive(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('error' in reply) waiting?.reject(receivedError(reply.error));
    else waiting?.resolve(reply.answer);
  }

  /** The first reason counts: an error is followed by the thread's exit. */
  #end(reason: string, cause?: unknown): void {
    this.#over ??= new AtelierError(
      `the thread that computes is gone: ${reason}. What was saved is whole; go on from there.`,
      { code: 'engine-lost', cause },
    );
    this.#refuseAll(this.#over);
  }

  #refuseAll(error: AtelierError): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#worker.unref();
  }
}
