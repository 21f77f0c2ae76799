import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLogger } from '../../src/cli/logging.ts';
import { logText } from '../../src/cli/terminal/log-lines.ts';
import { AtelierError } from '../../src/errors.ts';
import { workFolder } from './folders.ts';

const quiet = { logLevel: 'info', quiet: true };
const work = workFolder();

it('writes everything from debug up to the file, whatever standard error shows', () => {
  const path = join(work, 'log.ndjson');
  createLogger(quiet, { file: path }).debug({ step: 1 }, 'a step');
  createLogger(quiet, { file: path }).info('another call goes on below');
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 20, step: 1, msg: 'a step' }, { level: 30 }]);
});

it.skipIf(!existsSync('/dev/full'))('loses lines on a full disk rather than the work that is logged', () => {
  const logger = createLogger(quiet, { file: '/dev/full' });
  for (let i = 0; i < 3; i++) expect(() => logger.info('a line')).not.toThrow();
});

it('says where a log cannot be written', () => {
  expect(() => createLogger(quiet, { file: join(work, 'nowhere', 'log.ndjson') })).toThrow(AtelierError);
});

it('on a terminal, has messages without escapes, and details where they are asked for', () => {
  const record = { level: 30, time: 0, msg: 'epoch \u001b[31m1/12', accuracy: 0.5 };
  expect(logText(record, false)).toBe('epoch 1/12');
  expect(logText(record, true)).toMatch(/^epoch 1\/12\n +accuracy: 0.5$/);
});

it('on a terminal, has the stack of an error of the program itself', () => {
  const err = { type: 'Error', message: 'broken', stack: 'Error: broken\n    at here' };
  expect(logText({ level: 50, msg: 'internal: broken', err }, false)).toMatch(/^internal: broken\n(.*\n)*.*at here/);
});
