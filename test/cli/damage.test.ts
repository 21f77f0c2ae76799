/** Damage in the files of a run is noticed: by file, and by line or tensor. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/files/safetensors.ts';
import { copyFolder, workFolder } from './folders.ts';
import { atelier, expectRefusal, succeed } from './program.ts';
import { checkpointOf } from './settings.ts';

const work = workFolder();
const one = ['--threads', '1'];
const validation = ['--split', 'validation', ...one];
const place = join('evaluation', 'validation');
let copies = 0;

beforeAll(async () => {
  for (const model of ['m1', 'm2']) copyFolder(join(inject('runs'), model), join(work, model));
  for (const model of ['m1', 'm2']) await succeed(['evaluate', model, ...validation], work);
});

/** A run of which one file's text is another. */
function changed(file: string, change: (text: string) => string): string {
  copies += 1;
  const path = join(copyFolder(join(work, 'm2'), join(work, `run-${copies}`)), file);
  const [before, after] = [readFileSync(path, 'utf8'), change(readFileSync(path, 'utf8'))];
  expect(after).not.toBe(before);
  writeFileSync(path, after);
  return `run-${copies}`;
}

const number = (key: string, value: number) => (text: string) =>
  text.replace(new RegExp(`("${key}": ?)[\\d.e-]+`), `$1${value}`);

describe('numbers that contradict each other', () => {
  it.each([
    ['metrics.json', 'accuracy', number('accuracy', 0.987), /expected 0\.\d+ by the counts, found 0\.987/],
    ['metrics.json', 'f1 of a class', number('f1', 0.123), /by the counts, found 0\.123/],
    ['metrics.json', 'a loss below 0', number('loss', -1), /loss/],
    [
      'metrics.json',
      'a key twice',
      (text: string) => text.replace('{', '{"count": 40,'),
      /the key .{1,2}count.{1,2} stands twice/,
    ],
    [
      'predictions.csv',
      'an image twice',
      (text: string) => {
        const lines = text.split('\n');
        return [...lines.slice(0, 3), lines[2], ...lines.slice(3)].join('\n');
      },
      /row 4, column 'index': expected another image/,
    ],
    [
      'predictions.csv',
      'probabilities that do not add to 1',
      (text: string) => text.replace(/,[\d.e-]+\n(?=\d)/, ',0.5\n'),
      /row 2: expected probabilities that add to 1/,
    ],
  ] as const)('%s: %s', async (file, _, change, message) => {
    const run = changed(join(place, file), change);
    const { code, stderr } = await atelier(['compare', 'm1', run, ...validation], work);
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(stderr).toContain(file);
  });

  it.each([
    ['accuracy over 1', number('accuracy', 1.5)],
    ['a negative loss', number('loss', -0.5)],
    ['another epoch first', number('epoch', 2)],
    ['an epoch twice', (text: string) => text + text],
  ] as const)('history.jsonl: %s', async (_, change) => {
    const run = changed('history.jsonl', change);
    expectRefusal(
      await atelier(['train', 'm2', '--resume', '--run', run, '--epochs', '2', ...one], work),
      1,
      /line \d of .*history\.jsonl/,
    );
  });
});

describe('weights that are not finite', () => {
  it.each([
    ['best', ['evaluate']],
    ['last', ['train', 'm2', '--resume', '--epochs', '2', '--run']],
  ] as const)('in the %s checkpoint are named by tensor and file', async (which, command) => {
    copies += 1;
    const run = `run-${copies}`;
    const path = checkpointOf(copyFolder(join(work, 'm2'), join(work, run)), which);
    const { tensors, metadata } = await readSafetensors(path);
    const [name = ''] = [...tensors.keys()].filter((one) => one.endsWith('weight') && !one.startsWith('optimizer'));
    const tensor = tensors.get(name);
    if (tensor?.dtype !== 'float32') throw new Error('no such tensor');
    tensor.data[3] = Number.NaN;
    await writeSafetensors(path, { tensors, metadata });
    const outcome = await atelier([...command, run, ...one], work);
    expectRefusal(outcome, 1, `${which}.safetensors`, `tensor '${name}' holds NaN at element 3`);
    expect(outcome.stderr).not.toMatch(/learning rate|--lr/);
    const weights = await atelier(['train', 'm2', '--init-from', path, ...one], work);
    expectRefusal(weights, 1, `tensor '${name}' holds NaN at element 3`);
  });
});

it('messages have a bound, however long what they quote is', async () => {
  const [name, path] = ['n'.repeat(100_000), join(work, 'long.safetensors')];
  const header = JSON.stringify({ [name]: { dtype: 'F32', shape: [1], data_offsets: [0, 400] } });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(path, Buffer.concat([length, Buffer.from(header), Buffer.alloc(4)]));
  const { code, stderr } = await atelier(['train', 'm2', '--init-from', path, ...one], work);
  expect(code).toBe(1);
  expect(stderr.length).toBeLessThan(20_000);
});
