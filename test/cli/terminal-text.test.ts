/** What is shown at a terminal of any width, and how texts are broken. */
import { describe, expect, it } from 'vitest';
import { columnsFor, headingLines, lossText, rowLine } from '../../src/cli/terminal/epoch-table.ts';
import { factLines } from '../../src/cli/terminal/facts.ts';
import { duration, liveLine } from '../../src/cli/terminal/live-line.ts';
import { fittedTables } from '../../src/cli/terminal/tables.ts';
import { columnsOf, continued, cutMiddle, padded, wrapped } from '../../src/cli/terminal/width.ts';
import { textTable } from '../../src/text/table.ts';
import type { EpochRecord } from '../../src/training/history.ts';

const widths = [20, 29, 30, 31, 36, 40, 46, 59, 60, 61, 66, 77, 78, 79, 80, 81, 100, 120, 200];
const record: EpochRecord = {
  epoch: 12_345,
  train: { loss: 123_456, accuracy: 1 },
  validation: { loss: 12.3456, accuracy: 1 },
  lr: 1e-5,
  seconds: 359_999,
  images_per_second: 1_234_567,
};

describe('widths', () => {
  it('counts columns: wide characters take two, accents and escapes none', () => {
    expect(columnsOf('abc')).toBe(3);
    expect(columnsOf('実験')).toBe(4);
    expect(columnsOf('e\u0301a')).toBe(2);
    expect(columnsOf('\u001b[31mred\u001b[39m')).toBe(3);
    expect(padded('実験', 6, 'right')).toBe('  実験');
  });

  it.each(widths)('a path in %i columns keeps its end', (columns) => {
    const path = 'artifacts/runs/学習の記録/m1-20260101-120000-with-a-long-name';
    const cut = cutMiddle(path, columns);
    expect(columnsOf(cut)).toBeLessThanOrEqual(columns);
    expect(cut.slice(-10)).toBe(path.slice(-10));
    expect(cut.includes('…')).toBe(columnsOf(path) > columns);
  });
});

describe('long texts', () => {
  it('are broken between words', () => {
    expect(wrapped('one two three four', 9)).toEqual(['one two', '  three', '  four']);
    expect(wrapped('  - one two three', 9)).toEqual(['  - one', '    two', '    three']);
    expect(wrapped('a/path/longer/than/the/line', 9)).toEqual(['a/path/longer/than/the/line']);
  });

  it('begin a command on a line of its own, and break it as a shell reads on', () => {
    const text = 'the state is saved. Go on with: npx atelier train m1 --resume --run artifacts/runs/x';
    expect(wrapped(text, 60)).toEqual([
      'the state is saved. Go on with:',
      '  npx atelier train m1 --resume --run artifacts/runs/x',
    ]);
    expect(wrapped(text, 40).slice(1)).toEqual(['  npx atelier train m1 --resume --run \\', '    artifacts/runs/x']);
  });

  it.each(widths)('at %i columns a broken command is the same command', (columns) => {
    const command = 'npx atelier train m1 --resume --run artifacts/runs/x --epochs 24 --early-stop 2';
    const lines = continued(command, columns);
    for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
    expect(lines.join('\n').replaceAll(/ \\\n */g, ' ')).toBe(command);
  });
});

describe('an epoch', () => {
  it.each(widths.filter((columns) => columns >= 36))('in %i columns: whole numbers, aligned', (columns) => {
    const chosen = columnsFor(columns);
    const lines = [...headingLines(chosen), rowLine(chosen, record, true)];
    for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
    const row = lines.at(-1) ?? '';
    expect(row).toMatch(/^12345 .*12\.346 +100\.00 %.* best$/);
    expect(row.indexOf('100.00 %') + '100.00 %'.length).toBe((lines[1]?.indexOf('accuracy') ?? 0) + 'accuracy'.length);
  });

  it('keeps the least that says something where there is no room at all', () => {
    expect(columnsFor(10)).toEqual(['epoch', 'accuracy']);
  });

  it('has losses in six columns', () => {
    expect([0.43214, 2.30299, 12.34567, 123.4567, 1234.567, 1.2e8].map(lossText)).toEqual([
      '0.4321',
      '2.3030',
      '12.346',
      '123.46',
      '1.2e+3',
      '1.2e+8',
    ]);
  });
});

describe('a live line', () => {
  it.each(widths)('in %i columns shows the richest form that leaves a bar', (columns) => {
    const forms = [['loss 0.4321', '1:23 left'], ['loss 0.4321'], []].map((after) => ({
      before: 'epoch 1/12',
      share: 0.5,
      after,
    }));
    const line = liveLine(forms, columns);
    expect(columnsOf(line)).toBeLessThanOrEqual(columns);
    expect(line).toMatch(/^epoch 1\/12 [█░]{6,30}( {2}loss 0\.4321)?( {2}1:23 left)?$/);
  });

  it('says times as clocks do', () => {
    expect([0, 75, 3700, Number.NaN].map(duration)).toEqual(['0:00', '1:15', '1:01:40', '?']);
  });
});

it('facts: names aligned, paths shortened, commands whole', () => {
  const screen = { columns: 40, styled: (_style: unknown, text: string) => text };
  const facts = [
    { name: 'run', text: 'artifacts/runs/m1-20260101-120000-long', kind: 'path' },
    { name: 'next', text: 'npx atelier evaluate artifacts/runs/m1', kind: 'command' },
    { name: 'data', text: 'a title of some words: 54,000 training images' },
  ] as const;
  expect(factLines(facts, screen)).toEqual([
    '  run   artifacts/…-20260101-120000-long',
    '  next  npx atelier evaluate \\',
    '          artifacts/runs/m1',
    '  data  a title of some words: 54,000',
    '        training images',
  ]);
});

describe('tables of results', () => {
  const names = ['a', 'a/long/path/to/a/model.onnx', 'b'];
  const table = textTable(
    ['model', 'bytes', 'seconds', 'accuracy', 'images/s'],
    names.map((name, i) => [name, 1_234_567 + i, 12.5, { number: '0.9123' }, 10_000 * i]),
  );

  it('stay as they are where there is room', () => {
    expect(fittedTables(`before\n\n${table}\n\nafter`, 80)).toBe(`before\n\n${table}\n\nafter`);
  });

  it('are cut between columns, each part with the names', () => {
    expect(fittedTables(`before\n\n${table}\n\nafter`, 50)).toMatchInlineSnapshot(`
      "before

      model                            bytes  seconds
      ---------------------------  ---------  -------
      a                            1,234,567     12.5
      a/long/path/to/a/model.onnx  1,234,568     12.5
      b                            1,234,569     12.5

      model                        accuracy  images/s
      ---------------------------  --------  --------
      a                              0.9123         0
      a/long/path/to/a/model.onnx    0.9123    10,000
      b                              0.9123    20,000

      after"
    `);
  });

  it.each([24, 30, 40, 50, 60])('fit %i columns, every number whole', (columns) => {
    const text = fittedTables(table, columns);
    for (const line of text.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
    for (const number of table.match(/\b[\d.,]+\b/g) ?? []) expect(text).toContain(number);
  });
});
