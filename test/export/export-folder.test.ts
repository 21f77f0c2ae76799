/** Whose an export is, what it may replace, and what it leaves. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UsageError } from '../../src/errors.ts';
import { createContext, exportRun } from '../../src/library.ts';
import { contentOf, copyFolder, workFolder } from '../cli/folders.ts';
import { untrainedRun } from './support.ts';

const work = workFolder();
const lines: { level: number; msg: string }[] = [];
const logLine = z.object({ level: z.number(), msg: z.string() });
const logger = pino({}, { write: (line: string) => lines.push(logLine.parse(JSON.parse(line))) });
const context = createContext({ logger });
const warning = 40;

/** Two runs of one name, and one of another. */
let [ours, theirs, other] = ['', '', ''];
beforeAll(async () => {
  for (const folder of ['a', 'b', 'c']) mkdirSync(join(work, folder));
  ours = await untrainedRun(join(work, 'a'), 'm1');
  copyFolder(join(ours, 'checkpoints', 'best.safetensors'), join(ours, 'checkpoints', 'last.safetensors'));
  theirs = copyFolder(ours, join(work, 'b', 'run-m1'));
  const config = readFileSync(join(theirs, 'config.json'), 'utf8');
  writeFileSync(join(theirs, 'config.json'), config.replace('2026-01-01T00:00:00Z', '2026-02-02T00:00:00Z'));
  other = copyFolder(ours, join(work, 'c', 'run-other'));
});

let folders = 0;
/** A folder that does not exist yet. */
const fresh = () => join(work, `out-${++folders}`);

/** Exports into a folder; returns what was logged, but for what each export says. */
async function write(run: string, out: string, options: Parameters<typeof exportRun>[1] = { out }) {
  lines.length = 0;
  await exportRun(run, { formats: ['safetensors'], threads: 1, context, ...options, out });
  return lines.filter(({ msg }) => !msg.startsWith('exported ')).map(({ level, msg }) => [level, msg]);
}

async function expectRefused(run: string, out: string, ...parts: readonly (string | RegExp)[]): Promise<void> {
  const before = contentOf(out);
  const refused = write(run, out);
  await expect(refused).rejects.toThrow(UsageError);
  for (const part of parts) await expect(refused).rejects.toThrow(part);
  expect(contentOf(out)).toEqual(before);
}

const recordOf = (out: string) => join(out, 'safetensors', 'export.json');

describe('the record of an export', () => {
  it('identifies the run, and nothing of the machine', async () => {
    const out = fresh();
    await write(ours, out);
    const text = readFileSync(recordOf(out), 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      run: 'run-m1',
      model: 'm1',
      created: '2026-01-01T00:00:00Z',
      checkpoint: 'best',
      weights: { epoch: 3, step: 1266 },
      format: 'safetensors',
      main: 'm1.safetensors',
      files: [{ name: 'm1.safetensors' }],
    });
    expect(text).not.toContain(work);
  });
});

describe('an export in the place of another', () => {
  it('of the same run replaces it, and says so of another checkpoint', async () => {
    const out = fresh();
    expect(await write(ours, out)).toEqual([]);
    expect(await write(ours, out)).toEqual([]);
    const said = `'${join(out, 'safetensors')}' holds the export of the best checkpoint: that of the last one replaces it`;
    expect(await write(ours, out, { out, checkpoint: 'last' })).toEqual([[30, said]]);
    expect(JSON.parse(readFileSync(recordOf(out), 'utf8'))).toMatchObject({ checkpoint: 'last' });
  });

  it('of another run of the same name, or of another name, is refused', async () => {
    const out = fresh();
    await write(ours, out);
    const parts = [
      "'run-m1', begun 2026-01-01T00:00:00Z",
      "this one is 'run-m1', begun 2026-02-02T00:00:00Z",
      /with out,/,
    ];
    await expectRefused(theirs, out, ...parts);
    await expectRefused(other, out, "another run: 'run-m1'", "this one is 'run-other'");
  });

  it('of another run is refused beside it, too', async () => {
    const out = fresh();
    await write(ours, out, { out, formats: ['onnx'] });
    await expectRefused(theirs, out, `'${join(out, 'onnx')}' holds an export of another run`);
  });

  it('of an older version, which does not say when its run began, is replaced with a warning', async () => {
    const out = fresh();
    mkdirSync(join(out, 'safetensors'), { recursive: true });
    writeFileSync(recordOf(out), JSON.stringify({ model: 'm1', run: 'run-m1', format: 'safetensors', files: [] }));
    expect(await write(ours, out)).toEqual([[warning, expect.stringContaining('does not say when its run began')]]);
    expect(await write(ours, out)).toEqual([]);
    await expectRefused(theirs, out, 'another run');
  });
});

describe('what is no export', () => {
  it('is refused, and left alone', async () => {
    const out = fresh();
    mkdirSync(join(out, 'safetensors'), { recursive: true });
    writeFileSync(join(out, 'safetensors', 'm1.safetensors'), 'somebody’s');
    await expectRefused(
      ours,
      out,
      `'${join(out, 'safetensors')}' is not the folder of an export: it holds m1.safetensors`,
    );
    writeFileSync(recordOf(out), '{"run": 1}');
    await expectRefused(ours, out, 'it holds export.json, m1.safetensors');
  });

  it('is nothing to stumble over where another format goes', async () => {
    const out = fresh();
    mkdirSync(join(out, 'web'), { recursive: true });
    writeFileSync(join(out, 'web', 'index.html'), 'somebody’s');
    expect(await write(ours, out)).toEqual([]);
  });

  it('that nobody sees is nothing: hidden files, and what a killed process left', async () => {
    const out = fresh();
    mkdirSync(join(out, 'safetensors'), { recursive: true });
    for (const name of ['.gitkeep', 'export.json.4711-1.partial']) writeFileSync(join(out, 'safetensors', name), '');
    expect(await write(ours, out)).toEqual([]);
  });
});

describe('files of an earlier export', () => {
  it('that this one does not have are gone, also where it was interrupted; nothing else is', async () => {
    const out = fresh();
    await write(ours, out);
    const folder = join(out, 'safetensors');
    const absolute = join(work, 'absolute.txt');
    writeFileSync(absolute, '');
    const killed = { run: 'run-m1', model: 'm1', created: '2026-01-01T00:00:00Z', checkpoint: 'best' };
    const writing = ['m1.safetensors', 'old/shard.bin', 'gone.bin', '../mine.txt', 'sub/../../mine.txt', absolute];
    writeFileSync(recordOf(out), JSON.stringify({ ...killed, writing }));
    mkdirSync(join(folder, 'old'));
    for (const name of ['old/shard.bin', 'gone.bin', 'notes.txt', '../mine.txt']) writeFileSync(join(folder, name), '');
    expect(await write(ours, out)).toEqual([]);
    expect(readdirSync(folder).toSorted()).toEqual(['README.md', 'export.json', 'm1.safetensors', 'notes.txt']);
    expect(existsSync(join(out, 'mine.txt'))).toBe(true);
    expect(existsSync(absolute)).toBe(true);
  });
});
