import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { goingOn, killAtMoment, nextCheckpoint, type Result, resultOf } from '../../soak/training.ts';
import { until } from '../../soak/waiting.ts';
import { Mt19937 } from '../../src/random/mt19937.ts';
import { sha256, workFolder } from './folders.ts';
import { type Outcome, start, succeed, warningsOf } from './program.ts';
import { checkpointOf, tiny } from './settings.ts';

/** Of a run, before it is let to its end. */
const kills = 4;
/** Set it to see a failure again, as far as two processes' timing can be repeated. */
const chanceSeed = Number(process.env['ATELIER_TEST_SEED'] ?? Date.now() % 1_000_000);

/** What happens to the process of a training. */
export interface Mishaps {
  /** Runs that are killed, four times each. */
  readonly killedRuns: number;
  /** Whether it is stopped and gone on with. */
  readonly pieces: boolean;
}

/**
 * The tests that a training ends bit for bit where an uninterrupted one ends, whatever happens to its process.
 *
 * @param recipe options beside the tiny sizes
 * @param rates the learning rate of each epoch, so that a schedule is known to have been at work
 */
export function describeExactness(
  model: string,
  recipe: readonly string[],
  rates: readonly number[],
  { killedRuns, pieces }: Mishaps,
): void {
  const work = workFolder();
  const begin = ['train', model, ...tiny, ...recipe];
  const epochs = rates.length;
  const whole = [...begin, '--epochs', String(epochs)];
  let reference: Result;

  beforeAll(async () => {
    await succeed([...whole, '--run', 'reference'], work);
    reference = await resultOf(join(work, 'reference'));
    expect(reference.history.map(({ epoch }) => epoch)).toEqual(rates.map((_, i) => i + 1));
    expect(reference.history.map(({ lr }) => lr)).toEqual(rates);
  });

  describe('SIGINT', () => {
    it('saves, says so and how to go on, and exits with 130; resumed, the run ends as if nothing had been', async () => {
      const { outcome, run } = await interrupted([...whole, '--checkpoint-every', '1'], work);
      expect(outcome).toMatchObject({ code: 130, signal: null, stdout: '' });
      const [warning = ''] = warningsOf(outcome);
      expect(warning).toMatch(/^interrupted after step \d+; the state is saved/);
      expect(warning).toContain(`npx atelier train ${model} --resume --run ${run}`);
      // Without --run it is found: the newest that is not finished.
      const resumed = await succeed(['train', model, '--resume'], work);
      expect(resumed.stdout).toBe(`${run}\n`);
      expect(await resultOf(join(work, run))).toEqual(reference);
    });
  });

  if (killedRuns > 0)
    describe('SIGKILL', () => {
      const seeds = Array.from({ length: killedRuns }, (_, i) => chanceSeed + i);

      it.each(seeds)(
        `at any moment, ${kills} times over (ATELIER_TEST_SEED=%d): resumed, the run ends as if nothing had been`,
        async (seed) => {
          const chance = new Mt19937(seed);
          const told = [`ATELIER_TEST_SEED=${seed}`];
          const name = `killed-${seed}`;
          const run = join(work, name);
          let killed = 0;
          for (let i = 0; i < kills; i++) {
            // The first kill falls anywhere in the preparation, the others after some checkpoints, at any point of a step.
            const changes = i === 0 ? 0 : 1 + (chance.nextUint32() % 2);
            const delay = chance.nextUint32() % (i === 0 ? 400 : 60);
            const every = String(1 + (chance.nextUint32() % 2));
            const args = goingOn(run, whole, ['train', model, '--resume']);
            const process = start([...args, '--run', name, '--checkpoint-every', every], work);
            await killAtMoment(process, run, changes, delay);
            const { signal, code, stderr } = await process.ended;
            told.push(`kill ${i + 1}: after ${changes} checkpoints and ${delay} ms, a checkpoint every ${every} steps`);
            expect(signal ?? code, `${told.join('\n')}\n${stderr}`).toBe(signal === null ? 0 : 'SIGKILL');
            killed += signal === null ? 0 : 1;
          }
          expect(killed, told.join('\n')).toBeGreaterThanOrEqual(2);
          const args = goingOn(run, whole, ['train', model, '--resume']);
          await succeed([...args, '--run', name], work);
          expect(await resultOf(run), told.join('\n')).toEqual(reference);
          expect(readdirSync(join(run, 'checkpoints')).sort()).toEqual(['best.safetensors', 'last.safetensors']);
          expect(readdirSync(run).filter((name) => /partial|lock/.test(name))).toEqual([]);
        },
      );
    });

  if (pieces)
    describe('a run in pieces', () => {
      it('stopped at --max-steps at the end of an epoch, then resumed, ends the same', async () => {
        await succeed([...whole, '--run', 'pieces', '--max-steps', '3'], work);
        const again = await succeed(
          ['train', model, '--resume', '--run', 'pieces', '--max-steps', '2', '--json'],
          work,
        );
        expect(JSON.parse(again.stdout)).toMatchObject({ ending: 'max-steps', steps: 3, epochs: 0 });
        await succeed(['train', model, '--resume', '--run', 'pieces'], work);
        expect(await resultOf(join(work, 'pieces'))).toEqual(reference);
      });

      it('a finished one trained on with more epochs ends where one of all epochs ends', async () => {
        await succeed([...begin, '--epochs', '1', '--run', 'short'], work);
        const finished = await resultOf(join(work, 'short'));
        await succeed(['train', model, '--resume', '--run', 'short'], work);
        expect(await resultOf(join(work, 'short'))).toEqual(finished);
        await succeed(['train', model, '--resume', '--run', 'short', '--epochs', String(epochs)], work);
        expect(await resultOf(join(work, 'short'))).toEqual(reference);
      });
    });

  it('the same seed gives the same bytes, another seed does not', async () => {
    const bytesOf = async (seed: string, run: string) => {
      await succeed([...begin, '--seed', seed, '--max-steps', '2', '--run', run], work);
      return sha256(checkpointOf(join(work, run)));
    };
    const [first, second, other] = [
      await bytesOf('5', 'first'),
      await bytesOf('5', 'second'),
      await bytesOf('6', 'other'),
    ];
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });
}

/** Begins a training in a folder of its own choice and interrupts it after its first checkpoint. */
async function interrupted(args: readonly string[], work: string): Promise<{ outcome: Outcome; run: string }> {
  const runs = join('artifacts', 'runs');
  const process = start(args, work);
  await until(() => process.isOver() || readdirOrNothing(join(work, runs)).length > 0);
  const run = join(runs, readdirOrNothing(join(work, runs))[0] ?? '');
  await nextCheckpoint(join(work, run), process.isOver);
  process.signal('SIGINT');
  return { outcome: await process.ended, run };
}

function readdirOrNothing(path: string): readonly string[] {
  return existsSync(path) ? readdirSync(path) : [];
}
