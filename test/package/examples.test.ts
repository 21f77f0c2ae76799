/** The examples, as a person runs them. One small training gives the run that three of them are about. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as layers from '../../graphs/nn/layers.ts';
import { packageRoot } from '../../src/files/package-root.ts';
import { workFolder } from '../cli/folders.ts';
import { plainPicture } from '../data/own/picture-folder.ts';

const work = workFolder();
const runsFolder = join(work, 'artifacts', 'runs');
const pictures = join(work, 'pictures');
const tried = new Set<string>();
const started: ChildProcess[] = [];
beforeAll(async () => {
  for (const [name, base] of [
    ['dark', 20],
    ['light', 200],
  ] as const) {
    mkdirSync(join(pictures, name), { recursive: true });
    for (let i = 0; i < 20; i++)
      writeFileSync(join(pictures, name, `${i}.png`), await plainPicture(`rgb(${base + i}, ${base}, ${base})`));
  }
});
afterAll(() => {
  for (const child of started) child.kill();
});

function example(name: string, ...args: readonly string[]) {
  tried.add(`${name}.ts`);
  const file = join(packageRoot(), 'dist', 'examples', `${name}.js`);
  const child = spawn(process.execPath, [file, ...args], { cwd: work, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  return child;
}

/** What an example that ends has printed. */
async function output(name: string, ...args: readonly string[]): Promise<string> {
  const child = example(name, ...args);
  const [printed, logged, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect(code, logged).toBe(0);
  return printed;
}

/** A server, once it listens: its port, and what it prints. */
async function server(name: string, ...args: readonly string[]) {
  const child = example(name, ...args, '0');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = String((await lines.next()).value);
  expect(first).toMatch(/^listening on port \d+$/);
  return { url: `http://localhost:${first.split(' ').at(-1)}`, line: async () => String((await lines.next()).value) };
}

describe('pictures of one’s own', () => {
  const run = join(runsFolder, 'pictures');
  const dark = join(pictures, 'dark', '3.png');

  it('are trained on, and one of them is told', async () => {
    const [first = ''] = (await output('own-pictures', pictures, dark, run)).split('\n');
    expect(first).toMatch(/: (dark|light) [01]\.\d{3}$/);
  });

  it('are told by a server', async () => {
    const { url } = await server('prediction-server', run);
    const asked = await fetch(url, { method: 'POST', body: readFileSync(dark) });
    expect(asked.status).toBe(200);
    expect(await asked.json()).toMatchObject({
      model: 'm2',
      top: [{ class: expect.stringMatching(/^(dark|light)$/) }, {}],
    });
    expect((await fetch(url, { method: 'POST', body: 'no picture' })).status).toBe(415);
  });

  it('have results to read', async () => {
    const printed = await output('read-results', runsFolder);
    expect(printed).toContain(`${run}: finished, 3 of 3 epochs`);
    expect(printed).toMatch(/\ndark: precision [01]\.\d{4}, recall [01]\.\d{4}\nlight: /);
  });
});

it('a network of one’s own is trained, evaluated and exported', async () => {
  expect(await output('own-network', '64')).toMatch(
    /^best epoch [12]: 0\.\d{4} of the test images right, .*small\.onnx\n$/,
  );
});

it('two models are compared, and their runs removed', async () => {
  const printed = await output('two-models', join(work, 'two'));
  expect(printed).toMatch(/\nconv: [01]\.\d{4}\nlinear: [01]\.\d{4}\ntoo-few-runs\n$/);
  expect(readdirSync(join(work, 'two'))).toEqual([]);
});

it('every layer that there is stands in a network', async () => {
  const code = readFileSync(join(packageRoot(), 'examples', 'every-layer.ts'), 'utf8');
  expect(Object.keys(layers).filter((name) => !code.includes(`  ${name},`))).toEqual([]);
  expect(await output('every-layer')).toContain('block: Add -> [32, 16, 16]\n');
});

it('graphs are made without running any', async () => {
  const printed = await output('graphs');
  expect(printed).toContain('ours: ');
  expect(printed).toMatch(/sgd: \d+ nodes, \d+ for two steps\n/);
});

it('a training in an HTTP handler tells of its epochs, and stops where nobody listens', async () => {
  const { url, line } = await server('training-service');
  const hangUp = new AbortController();
  const body = JSON.stringify({ model: 'm1', epochs: 1000, limit: 64 });
  const answer = await fetch(url, { method: 'POST', body, signal: hangUp.signal });
  const { value } = (await answer.body?.getReader().read()) ?? {};
  expect(JSON.parse(new TextDecoder().decode(value))).toMatchObject({ epoch: 1, accuracy: expect.any(Number) });
  hangUp.abort();
  expect(await line()).toContain('the state is saved');
});

it('there is no other example', () => {
  expect(readdirSync(join(packageRoot(), 'examples')).toSorted()).toEqual([...tried].toSorted());
});
