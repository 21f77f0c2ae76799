import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prettyFactory } from 'pino-pretty';
import { expect, it } from 'vitest';
import { createLogger, terminalForm } from '../../src/cli/logging.ts';
import { AtelierError } from '../../src/errors.ts';
import { workFolder } from './folders.ts';

const quiet = { logLevel: 'info', quiet: true };
const work = workFolder();

it('writes everything from debug up to the file, whatever standard error shows', () => {
  const path = join(work, 'log.ndjson');
  createLogger(quiet, path).debug({ step: 1 }, 'a step');
  createLogger(quiet, path).info('another call goes on below');
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 20, step: 1, msg: 'a step' }, { level: 30 }]);
});

it.skipIf(!existsSync('/dev/full'))('loses lines on a full disk rather than the work that is logged', () => {
  const logger = createLogger(quiet, '/dev/full');
  for (let i = 0; i < 3; i++) expect(() => logger.info('a line')).not.toThrow();
});

it('says where a log cannot be written', () => {
  expect(() => createLogger(quiet, join(work, 'nowhere', 'log.ndjson'))).toThrow(AtelierError);
});

it.each(['info', 'debug'])('ends every line on a terminal, at level %s', (level) => {
  const print = prettyFactory({ ...terminalForm(level), colorize: false });
  expect(print({ level: 30, time: 0, msg: 'epoch 1/12', accuracy: 0.5 })).toMatch(/INFO: epoch 1\/12.*\n$/);
});
