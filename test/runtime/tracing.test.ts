import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { traced } from '../../src/runtime/tracing.ts';

it('gives the text of the one trace there is', async () => {
  const work = async (prefix: string) => writeFileSync(`${prefix}_2026.json`, '[\n{}]\n');
  expect((await traced(work)).trace).toBe('[\n{}]\n');
});

it.each([
  ['cut short, as on a full disk', '[\n{"cat": "Se'],
  ['empty', ''],
  ['not there', undefined],
])('a trace that is %s is refused with the folder, its free space and how to name another', async (_, text) => {
  const work = async (prefix: string) => {
    if (text !== undefined) writeFileSync(`${prefix}_2026.json`, text);
  };
  const message = new RegExp(
    `wrote ${text?.length ?? 0} characters of its trace to '.+', where \\d+ bytes are free.* TMPDIR names`,
  );
  await expect(traced(work)).rejects.toThrow(message);
});
