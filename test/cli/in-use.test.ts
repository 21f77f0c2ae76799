import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../../soak/waiting.ts';
import { readHistory } from '../../src/training/history.ts';
import { sha256, workFolder } from './folders.ts';
import { atelier, expectRefusal, start } from './program.ts';
import { checkpointOf, quick } from './settings.ts';

const work = workFolder();

it('a run folder in use by another process is refused, and that process goes on undisturbed', async () => {
  const first = start(['train', 'm2', ...quick, '--epochs', '100000', '--run', 'a', '--checkpoint-every', '1'], work);
  await until(() => first.isOver() || existsSync(checkpointOf(join(work, 'a'))));
  const config = sha256(join(work, 'a', 'config.json'));
  expectRefusal(await atelier(['train', 'm2', ...quick, '--run', 'a'], work), 2, 'already holds a run');
  const resumed = await atelier(['train', 'm2', ...quick, '--run', 'a', '--resume', '--epochs', '200000'], work);
  expectRefusal(resumed, 1, "folder 'a' is in use", 'locked by process', 'Wait for that process');
  expect(sha256(join(work, 'a', 'config.json'))).toBe(config);

  expect(first.isOver()).toBe(false);
  first.signal('SIGTERM');
  expect(await first.ended).toMatchObject({ code: 130, stdout: '' });
  const history = await readHistory(join(work, 'a', 'history.jsonl')).catch(() => []);
  expect(history.map(({ epoch }) => epoch)).toEqual(history.map((_, i) => i + 1));
});

it('two trainings begun at the same second get a folder each', async () => {
  const args = ['train', 'm2', ...quick, '--max-steps', '1', '--quiet'];
  const outcomes = await Promise.all([atelier(args, work), atelier(args, work)]);
  expect(outcomes.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
    { code: 0, stderr: '' },
    { code: 0, stderr: '' },
  ]);
  const folders = outcomes.map(({ stdout }) => stdout.trimEnd());
  expect(new Set(folders).size).toBe(2);
  for (const folder of folders) expect(existsSync(checkpointOf(join(work, folder)))).toBe(true);
});
