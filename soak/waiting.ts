import { setTimeout as sleep } from 'node:timers/promises';

const longest = 120_000;
const pollMilliseconds = 3;

/** Resolves once the condition holds; rejects after two minutes, which a busy machine does not need. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUp = performance.now() + longest;
  while (!condition()) {
    if (performance.now() > giveUp) throw new Error(`waited for two minutes in vain: ${condition}`);
    await sleep(pollMilliseconds);
  }
}
