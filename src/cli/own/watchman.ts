/**
 * A thread that says what the program waits for. While somebody's code computes, the main thread can say nothing, and it may
 * compute for ever; so this one writes to standard error itself.
 */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { z } from 'zod';

const { waiting, text, terminal } = z
  .object({ waiting: z.instanceof(SharedArrayBuffer), text: z.instanceof(SharedArrayBuffer), terminal: z.boolean() })
  .parse(workerData);

/** How long it is fine to wait, in milliseconds. */
const patience = 5000;

const [turn, bytes] = [new Int32Array(waiting), new Uint8Array(text)];
let seconds = 0;
for (;;) {
  // Odd while somebody's code runs; negative when nobody needs this thread any more.
  const now = Atomics.load(turn, 0);
  if (now < 0) break;
  const outcome = Atomics.wait(turn, 0, now, now % 2 === 1 ? patience : undefined);
  if (outcome !== 'timed-out') seconds = 0;
  else say();
}

function say(): void {
  seconds += patience / 1000;
  const what = Buffer.from(bytes.slice(0, Math.max(0, bytes.indexOf(0)))).toString('utf8');
  const msg = `waiting for ${what}, ${seconds} s now; Ctrl-C ends it`;
  try {
    writeSync(2, terminal ? `\r\u001b[K${msg}\n` : `${JSON.stringify({ level: 40, time: Date.now(), msg })}\n`);
  } catch {
    // A terminal that is gone hears nothing.
  }
}
