import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { appendLine } from '../../src/files/jsonl.ts';
import { readHistory } from '../../src/training/history.ts';
import { scratchFolder } from '../files/scratch.ts';

const means = { loss: 0.5, accuracy: 0.75 };
const record = (epoch: number) => ({
  epoch,
  train: means,
  validation: means,
  lr: 1e-3,
  seconds: 2,
  images_per_second: 50,
});

it('reads the epochs in order', async () => {
  const path = join(scratchFolder(), 'history.jsonl');
  await appendLine(path, record(1));
  await appendLine(path, record(2));
  expect(await readHistory(path)).toEqual([record(1), record(2)]);
});

it('passes over the line that a kill tore, which the next epoch replaces', async () => {
  const path = join(scratchFolder(), 'history.jsonl');
  await appendLine(path, record(1));
  appendFileSync(path, JSON.stringify(record(2)).slice(0, 40));
  expect(await readHistory(path)).toEqual([record(1)]);
  await appendLine(path, record(2));
  expect(await readHistory(path)).toEqual([record(1), record(2)]);
});

it.each<readonly [string, string, RegExp]>([
  ['no JSON', 'epoch 2: fine\n', /cannot use line 2 of '.*history\.jsonl'/],
  ['an epoch that is none', `${JSON.stringify({ ...record(2), epoch: 0 })}\n`, /line 2 .*epoch/s],
  ['a value missing', `${JSON.stringify({ ...record(2), train: { loss: 1 } })}\n`, /line 2 .*accuracy/s],
])('names the line with %s', async (_what, line, message) => {
  const path = join(scratchFolder(), 'history.jsonl');
  writeFileSync(path, `${JSON.stringify(record(1))}\n${line}`);
  await expect(readHistory(path)).rejects.toThrow(message);
});

it('says that there is none', async () => {
  await expect(readHistory(join(scratchFolder(), 'history.jsonl'))).rejects.toThrow(
    /history\.jsonl': it does not exist/,
  );
});
