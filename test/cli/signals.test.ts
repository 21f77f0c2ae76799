/** What signals do to a training whose steps are long. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { workFolder } from './folders.ts';
import { logOf, type Outcome, start, succeed } from './program.ts';
import { until } from './waiting.ts';

const work = workFolder();

/** Trains Model 2 in calls of many steps, and sends the signals while one of them is at work. */
async function interrupted(run: string, ...signals: readonly NodeJS.Signals[]): Promise<Outcome> {
  const sizes = ['--limit-train', '2048', '--limit-val', '64', '--batch-size', '64', '--steps-per-call', '4'];
  const training = start(['train', 'm2', ...sizes, '--device', 'cpu', '--run', run], work);
  await until(() => training.isOver() || training.stderr().includes('"msg":"training m2'));
  for (const signal of signals) {
    const before = training.stderr().length;
    training.signal(signal);
    // Each is heard at once, whatever is being computed.
    await until(() => training.isOver() || training.stderr().slice(before).includes('interrupted'));
  }
  return training.ended;
}

it('the first one ends it after the call at work, and the run can go on', async () => {
  const outcome = await interrupted('once', 'SIGINT');
  expect(outcome.code).toBe(130);
  expect(outcome.stderr).toMatch(/interrupted after step \d+; the state is saved/);
  await succeed(['train', 'm2', '--resume', '--run', join(work, 'once'), '--max-steps', '8'], work);
});

it.each(['SIGINT', 'SIGTERM'] as const)(
  'the second one, %s, ends it at once and without a complaint',
  async (signal) => {
    const outcome = await interrupted(`twice-${signal}`, 'SIGINT', signal);
    // Where the state was saved before the second one came, the process has ended by itself.
    expect([130, signal]).toContain(outcome.code ?? outcome.signal);
    // Fails where standard error holds more than log lines.
    expect(logOf(outcome).at(-1)?.msg).toMatch(/^interrupted/);
  },
);
