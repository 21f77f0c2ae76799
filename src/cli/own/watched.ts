import { Worker } from 'node:worker_threads';
import { builtModule } from '../../files/built-module.ts';
import type { RunOwnCode } from '../../user-code/own-code.ts';
import type { GlobalOptions } from '../global-options.ts';

/** Signals that end a process where nobody heeds them. */
const ending = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[];

/** Runs somebody's code in front of somebody who waits, until it is let go. */
export interface Watch {
  readonly run: RunOwnCode;
  release(): void;
}

/**
 * While somebody's code runs, a thread says what is waited for; the first Ctrl-C ends the program, as there is nothing to
 * save yet and a loop without end would hear none; and what the code prints goes to standard error, as standard output
 * carries results.
 */
export function watchOwnCode({ quiet, logLevel }: Pick<GlobalOptions, 'quiet' | 'logLevel'>): Watch {
  const [waiting, text] = [new SharedArrayBuffer(4), new SharedArrayBuffer(4096)];
  const turn = new Int32Array(waiting);
  const isHeard = !quiet && logLevel !== 'error';
  const workerData = { waiting, text, terminal: process.stderr.isTTY === true };
  const watchman = isHeard ? new Worker(builtModule('src/cli/own/watchman'), { workerData }) : undefined;
  const next = () => {
    Atomics.add(turn, 0, 1);
    Atomics.notify(turn, 0);
  };
  const begin = (what: string) => {
    const bytes = Buffer.from(what).subarray(0, text.byteLength - 1);
    new Uint8Array(text).fill(0).set(bytes);
    next();
    const heeding = ending.flatMap((name) => process.listeners(name).map((listener) => [name, listener] as const));
    for (const name of ending) process.removeAllListeners(name);
    const { write } = process.stdout;
    process.stdout.write = process.stderr.write.bind(process.stderr);
    return () => {
      process.stdout.write = write;
      for (const [name, listener] of heeding) process.on(name, listener);
      next();
    };
  };
  return {
    run: (what, body) => {
      const end = begin(what);
      let result: ReturnType<typeof body> | undefined;
      try {
        result = body();
      } finally {
        if (!(result instanceof Promise)) end();
      }
      if (result instanceof Promise) result.then(end, end);
      return result;
    },
    release: () => {
      Atomics.store(turn, 0, -2);
      Atomics.notify(turn, 0);
      watchman?.unref();
    },
  };
}
