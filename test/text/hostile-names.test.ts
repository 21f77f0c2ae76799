/** Names of classes, data, models and runs that would act on a page, a terminal or a shell are shown, and do nothing. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { commandLine } from '../../src/cli/wording.ts';
import {
  createContext,
  datasetInMemory,
  defineModel,
  evaluate,
  exportRun,
  imagesInMemory,
  layers,
  report,
  train,
} from '../../src/index.ts';
import { escaped, inlineCode, link } from '../../src/text/markdown.ts';
import { nearest } from '../../src/text/nearest.ts';
import { oneLine, visible } from '../../src/text/printable.ts';
import { workFolder } from '../cli/folders.ts';

const work = workFolder();
const classes = ['<script>alert(1)</script>', 'a`b|c', 'new\nline', '\u001b[31mred\u001b[0m', `$(touch x) "q" 's'`];
const shape = { channels: 1, height: 12, width: 12 };
const area = shape.height * shape.width;
const pictures = (count: number) =>
  imagesInMemory(
    shape,
    Uint8Array.from({ length: count * area }, (_, i) => ((Math.floor(i / area) % 5) * 50 + ((i * 37) % 23)) % 256),
    Array.from({ length: count }, (_, i) => i % 5),
  );
const data = datasetInMemory(
  { name: 'hostile', title: 'Host<b>ile</b> `data`', classes, fingerprint: 'e'.repeat(64) },
  { train: pictures(100), test: pictures(50) },
);
const model = defineModel({
  name: 'small',
  title: 'tw<i>o</i> `layers`',
  dropout: [],
  build: (input, count) => ({
    name: 'small',
    input,
    classes: count,
    figureLayers: ['conv'],
    network: layers.sequential('small', [
      layers.conv2d('conv', input.channels, 2, 3, { padding: 1 }),
      layers.flatten('flat'),
      layers.linear('fc', 2 * area, count),
    ]),
  }),
});
const context = createContext({ models: [model], datasets: [data] });
const run = join(work, 'host <img src=x onerror=alert(2)> `x` $(touch y)');
const labels = { name: '<u>my</u> `run` $(x)', tags: ['<b>', '`t`'], note: 'no<script>te</script>\n# head' };
/** What a browser would take for a tag. */
const tag = /<(script>alert|script>te|img src|b>ile|i>o|u>my)/;

beforeAll(async () => {
  await train({ model, data, run, context, ...labels, recipe: { epochs: 1, batchSize: 20 } });
});

it('a classification report keeps a line for each class, without escapes', async () => {
  const { report: text } = await evaluate(run, { context, threads: 1 });
  const lines = text.split('\n');
  expect(lines.slice(2, 7).map((line) => line.trim().split(/ {2,}/)[0])).toEqual([
    classes[0],
    classes[1],
    'new\\nline',
    '\\x1b[31mred\\x1b[0m',
    classes[4],
  ]);
});

it('reports and model cards show them as they are', async () => {
  const { markdown, page } = await report([run], { out: join(work, 'report'), images: '0', context, threads: 1 });
  await exportRun(run, { out: join(work, 'export'), context, threads: 1 });
  const card = join(work, 'export', 'onnx', 'README.md');
  for (const path of [markdown, card]) {
    const text = readFileSync(path, 'utf8');
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    // Without code and without what is escaped.
    const plain = text.replaceAll(/(`{3,})[\s\S]*?\1|(`+)[^\n]*?\2/g, '').replaceAll(/\\./g, '');
    expect(plain).not.toMatch(tag);
  }
  expect(readFileSync(card, 'utf8')).toContain('2 new line, 3 \\\\x1b\\[31mred');
  expect(readFileSync(page, 'utf8')).not.toMatch(tag);
});

it('a word of any length is compared with what may be meant in no time', () => {
  const began = process.cpuUsage();
  expect(nearest('x'.repeat(1_000_000), ['epochs', 'batchSize'])).toBeUndefined();
  expect(nearest('epcohs', ['batchSize', 'epochs'])).toBe('epochs');
  expect(process.cpuUsage(began).user).toBeLessThan(1_000_000);
});

describe('texts', () => {
  it('are made visible, with their lines or in one', () => {
    expect(oneLine('a\tb\nc\u0007\u202e')).toBe('a\\tb\\nc\\x07\\u202e');
    expect(visible('a\nb\u001b[2J')).toBe('a\nb\\x1b[2J');
    expect(oneLine('Läufe 鞋 👟')).toBe('Läufe 鞋 👟');
  });

  it('are escaped for Markdown, and fenced whatever backticks they have', () => {
    expect(escaped('<b>_*[x]|`\n')).toBe('\\<b>\\_\\*\\[x\\]\\|\\` ');
    expect(escaped('&lt; ~~x~~ https://x www.x R&D')).toBe('&amp;lt; \\~\\~x\\~\\~ https\\://x www\\.x R&D');
    expect(['# x', '- x', '--- x', '12. x', '> x', ' x', '-', '-0.5', '12.5', '#7'].map(escaped)).toEqual([
      '\\# x',
      '\\- x',
      '\\--- x',
      '12\\. x',
      '\\> x',
      '&#32;x',
      '-',
      '-0.5',
      '12.5',
      '#7',
    ]);
    expect(link('<a>', 'https://x/ y>')).toBe('[\\<a>](<https://x/%20y%3E>)');
    expect(link('a', 'javascript:x')).toBe('a');
    expect(inlineCode('a``b`')).toBe('``` a``b` ```');
  });

  it('are quoted for a shell', () => {
    expect(commandLine('evaluate', { run: "it's $(x) `y`" })).toBe("npx atelier evaluate 'it'\\''s $(x) `y`'");
    const words = ["a\nb's \\ \u001b[31m", 'x\u202ey'];
    const line = commandLine('evaluate', { runs: words });
    expect(oneLine(line)).toBe(line);
    const pasted = execFileSync('bash', ['--norc', '-c', `npx() { printf '%s\\0' "$@"; }\n${line}`], {
      encoding: 'utf8',
      env: { LC_ALL: 'C.UTF-8' },
    });
    expect(pasted.split('\0').slice(2, -1)).toEqual(words);
  });
});
