import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCsvRow, parseCsv } from '../../src/files/csv.ts';
import { readJson, writeJsonAtomic } from '../../src/files/json.ts';
import { appendLine, readJsonLines, writeJsonLines } from '../../src/files/jsonl.ts';
import { scratchFolder } from './scratch.ts';

const asIs = (value: unknown): unknown => value;

describe('json', () => {
  it('round-trips and refuses NaN, which JSON.stringify would turn into null', async () => {
    const path = join(scratchFolder(), 'a.json');
    await writeJsonAtomic(path, { loss: 0.25 });
    expect(readFileSync(path, 'utf8')).toBe('{\n  "loss": 0.25\n}\n');
    expect(await readJson(path, asIs)).toEqual({ loss: 0.25 });
    await expect(writeJsonAtomic(path, { loss: Number.NaN }, 'the metrics')).rejects.toThrow(
      /the metrics '.*a\.json': 'loss' is NaN/,
    );
    expect(await readJson(path, asIs)).toEqual({ loss: 0.25 });
  });

  it('names the file in every failure to read', async () => {
    const path = join(scratchFolder(), 'a.json');
    await expect(readJson(path, asIs)).rejects.toThrow(/cannot read '.*a\.json': it does not exist \(ENOENT\)/);
    writeFileSync(path, '{');
    await expect(readJson(path, asIs)).rejects.toThrow(/cannot use '.*a\.json': .*JSON/);
  });
});

describe('JSON lines', () => {
  const records = [{ epoch: 1, name: 'erste Größe' }, { epoch: 2 }, { epoch: 3 }];

  it('survives a kill at every byte of an append, and goes on from there', async () => {
    const path = join(scratchFolder(), 'history.jsonl');
    await writeJsonLines(path, records.slice(1));
    const whole = readFileSync(path);
    const line = Buffer.from(`${JSON.stringify(records[0])}\n`);
    for (let written = 0; written <= line.length; written += 1) {
      writeFileSync(path, Buffer.concat([whole, line.subarray(0, written)]));
      const survived = written >= line.length - 1 ? [...records.slice(1), records[0]] : records.slice(1);
      expect(await readJsonLines(path, asIs)).toEqual(survived);
      await appendLine(path, { epoch: 4 });
      expect(await readJsonLines(path, asIs)).toEqual([...survived, { epoch: 4 }]);
    }
  });

  it('is strict about everything but the torn last line', async () => {
    const path = join(scratchFolder(), 'history.jsonl');
    await appendLine(path, { epoch: 1 });
    appendFileSync(path, '{"epoch":\n{"epoch":3}\n');
    await expect(readJsonLines(path, asIs)).rejects.toThrow(/line 2 of '.*history\.jsonl'/);
    await writeJsonLines(path, records);
    const refuse = (): never => {
      throw new Error('epoch: a number was expected');
    };
    await expect(readJsonLines(path, refuse)).rejects.toThrow(/line 1 of .*epoch: a number/);
    await expect(appendLine(path, { loss: Number.POSITIVE_INFINITY })).rejects.toThrow(/'loss' is Infinity/);
  });
});

describe('csv', () => {
  it('round-trips any cells', () => {
    const rows = fc.array(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(rows, (table) => {
        expect(parseCsv(table.map(formatCsvRow).join(''), 'table')).toEqual(table);
      }),
    );
  });

  it('reads quotes, CRLF, empty cells and a last line without an end', () => {
    expect(parseCsv('a,"b ""x"", c"\r\n,', 'table')).toEqual([
      ['a', 'b "x", c'],
      ['', ''],
    ]);
    expect(parseCsv('', 'table')).toEqual([]);
  });

  it('says where quotes are wrong', () => {
    expect(() => parseCsv('a,b\nc,"d', 'table.csv')).toThrow(/table\.csv: row 2, cell 2 \(character 6\)/);
    expect(() => parseCsv('"a"b\n', 'table.csv')).toThrow(/row 1, cell 1/);
  });
});
