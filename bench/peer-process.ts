import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { hasCode, messageOf } from '../src/errors.ts';
import { PeerError } from './peer-error.ts';
import { type Answers, answerSchemas, failureSchema, type RequestName, type RequestOf } from './protocol.ts';

/** How a peer is started. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** Beside the harness's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What to do where the command does not exist. */
  readonly install: string;
}

/**
 * A peer that says nothing for so long hangs, in ms: loading and compiling take less than a minute each; the slowest step that was
 * measured took four.
 */
const longest: Limits = { prepare: 10 * 60_000, answer: 30 * 60_000 };
/** How long a peer may take to answer, in ms. */
export interface Limits {
  readonly prepare: number;
  readonly answer: number;
}

/** So much of its standard error is kept for messages. */
const keptComplaint = 2000;

/** A peer as a process of its own that answers one request at a time. */
export class PeerProcess {
  readonly name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<string>;
  readonly #killWithUs: () => void;
  readonly #limits: Limits;
  #complaint = '';
  #receive: ((line: string) => void) | undefined;

  /** @param limits how long answers may take, in ms */
  constructor(name: string, { command, args, env = {}, install }: Launch, limits: Limits = longest) {
    this.name = name;
    this.#limits = limits;
    // A group of its own: a peer's workers may outlive it, and hold its output open.
    this.#child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'pipe', detached: true });
    this.#killWithUs = () => this.#kill();
    process.once('exit', this.#killWithUs);
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-keptComplaint);
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#receive?.(line));
    // A peer that has gone cannot be written to; what matters is said by `#ended`.
    this.#child.stdin.on('error', () => undefined);
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on('error', (error) =>
        reject(
          hasCode(error, 'ENOENT', 'EACCES')
            ? new PeerError('absent', `${name}: '${command}' cannot be started. ${install}`, { cause: error })
            : new PeerError('failed', `${name}: ${messageOf(error)}`, { cause: error }),
        ),
      );
      this.#child.on('exit', (code, signal) => {
        process.off('exit', this.#killWithUs);
        // What it left running goes with it; then its output ends, and its last words have been read.
        this.#kill();
        const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
        const anyway = setTimeout(resolve, 2000, how);
        this.#child.on('close', () => {
          clearTimeout(anyway);
          resolve(how);
        });
      });
    });
    // Each request looks at it; between requests nobody does.
    this.#ended.catch(() => undefined);
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws PeerError where the peer refuses, ends, breaks the protocol or takes longer than half an hour
   */
  async ask<K extends RequestName>(request: RequestOf<K> & { readonly do: K }): Promise<Answers[K]> {
    const answered = new Promise<string>((resolve) => {
      this.#receive = resolve;
    });
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    return this.#read(request.do, await this.#first(answered, request.do));
  }

  /**
   * The most memory that the process has held so far (VmHWM), in bytes; null where the system does not tell. Read from
   * outside, because getrusage's figure starts from that of the process that started it.
   */
  peakMemory(): number | null {
    try {
      const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')) ?? [];
      return kibibytes === undefined ? null : Number(kibibytes) * 1024;
    } catch {
      return null;
    }
  }

  /** Ends the process, by force where it does not heed the request. */
  async stop(): Promise<void> {
    this.#child.stdin.end(`${JSON.stringify({ do: 'stop' })}\n`);
    const force = setTimeout(() => this.#kill(), 5000);
    await this.#ended.catch(() => undefined);
    clearTimeout(force);
  }

  /** The peer and what it has started. */
  #kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch (error) {
      // There is nobody left.
      if (!hasCode(error, 'ESRCH', 'EPERM')) throw error;
    }
  }

  async #first(answered: Promise<string>, what: RequestName): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const limit = what === 'prepare' ? this.#limits.prepare : this.#limits.answer;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#kill();
        const complaint = this.#complaint.trim();
        const said = complaint === '' ? '' : ` It said on standard error: ${complaint}`;
        reject(
          new PeerError('failed', `${this.name}: no answer to '${what}' for ${limit / 60_000} min; ended it.${said}`),
        );
      }, limit);
    });
    const gone = this.#ended.then((how) => {
      const complaint = this.#complaint.trim() || 'it said nothing on standard error';
      throw new PeerError('failed', `${this.name}: ended ${how} instead of answering '${what}': ${complaint}`);
    });
    try {
      return await Promise.race([answered, gone, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #read<K extends RequestName>(what: K, line: string): Answers[K] {
    const broken = (why: string) =>
      new PeerError(
        'failed',
        `${this.name}: expected an answer to '${what}' as JSON, got ${line.slice(0, 200)} (${why})`,
      );
    let answer: unknown;
    try {
      answer = JSON.parse(line);
    } catch (error) {
      throw broken(messageOf(error));
    }
    const failed = failureSchema.safeParse(answer);
    if (failed.success) throw new PeerError(failed.data.failure.kind, failed.data.failure.message);
    const parsed = answerSchemas[what].safeParse(answer);
    if (parsed.success) return parsed.data;
    throw broken(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  }
}
