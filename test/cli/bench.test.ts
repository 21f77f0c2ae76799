import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { plainPicture } from '../data/own/picture-folder.ts';
import { contentOf, workFolder } from './folders.ts';
import { atelier, expectRefusal, succeed } from './program.ts';

const work = workFolder();

/** Seconds of work: what is tested is that it is done, not how fast. */
const tiny = ['--model', 'm1', '--threads', '1', '--batch-size', '8', '--steps', '2', '--repetitions', '2'] as const;

/** Debian's PyTorch is for comparison; nothing else needs it. */
const hasTorch = spawnSync('/usr/bin/python3', ['-c', 'import torch']).status === 0;

const peerSchema = z.looseObject({
  peer: z.string(),
  status: z.string(),
  reason: z.string().nullable(),
  ms: z.array(z.number().positive()),
  details: z.string(),
  disagreement: z.number().nullable(),
  peakMemoryBytes: z.number().nullable(),
});
const resultSchema = z.looseObject({
  results: z.array(z.looseObject({ measure: z.string(), peers: z.array(peerSchema) })),
  files: z.array(z.string()),
});

describe('bench', () => {
  it('measures its own engines, and finds the same losses on both targets', async () => {
    const sizes = ['--predict-images', '32', '--epoch-batches', '2'];
    const { stdout } = await succeed(
      ['bench', ...tiny, ...sizes, '--peers', 'atelier,atelier-portable', '--out', 'speed', '--json'],
      work,
    );
    const { results, files } = resultSchema.parse(JSON.parse(stdout));
    expect(results.map(({ measure }) => measure)).toEqual(['step', 'predict', 'epoch', 'startup']);
    for (const { peers } of results)
      for (const { status, ms, reason } of peers) {
        expect(reason).toBeNull();
        expect(status).toBe('measured');
        expect(ms).toHaveLength(2);
      }
    const portable = results[0]?.peers[1];
    expect(portable?.details).toBe('target portable, 4 steps a call');
    expect(portable?.disagreement).toBeLessThan(1e-5);
    expect(files).toEqual(['results.json', 'table.md', 'm1.png'].map((name) => join('speed', name)));
    expect(readFileSync(join(work, 'speed', 'table.md'), 'utf8')).toContain('Atelier, portable target');
  });

  it('measures any model on pictures of one’s own, with the share of an epoch in which it waited for them', async () => {
    for (const [name, colour] of [
      ['one', 'rgb(200, 30, 30)'],
      ['other', 'rgb(30, 30, 200)'],
    ] as const) {
      mkdirSync(join(work, 'photos', name), { recursive: true });
      for (let i = 0; i < 20; i += 1)
        writeFileSync(join(work, 'photos', name, `${i}.png`), await plainPicture(colour, 12 + i));
    }
    const asked = ['--data', 'photos', '--image-size', '16', '--model', 'mini-cnn', '--measures', 'step,predict,epoch'];
    const { stdout } = await succeed(
      ['bench', ...asked, ...tiny.slice(2), '--peers', 'atelier', '--out', 'own', '--json'],
      work,
    );
    const parsed = resultSchema.parse(JSON.parse(stdout));
    for (const { peers } of parsed.results) expect(peers[0]).toMatchObject({ status: 'measured', reason: null });
    expect(parsed['data']).toBe('data: photos, images of 3 x 16 x 16, 2 classes, 32 to train with, 4 to validate with');
    const table = readFileSync(join(work, 'own', 'table.md'), 'utf8');
    expect(table).toMatch(/waited for images \d+\.\d % of the training/);
    expect(table).toContain('## mini-cnn: epoch, end to end');
  });

  it('finds the same logits as TensorFlow.js, whose wasm backend cannot train convolutions', async () => {
    const sizes = ['--predict-images', '16', '--measures', 'step,predict'];
    const { stdout } = await succeed(
      ['bench', ...tiny, ...sizes, '--peers', 'atelier,tfjs-wasm', '--out', 'tfjs', '--json'],
      work,
    );
    const [step, predict] = resultSchema.parse(JSON.parse(stdout)).results;
    expect(step?.peers[1]).toMatchObject({ status: 'cannot', reason: expect.stringContaining('Conv2DBackpropFilter') });
    expect(predict?.peers[1]).toMatchObject({ status: 'measured', details: expect.stringContaining('one thread') });
    expect(predict?.peers[1]?.disagreement).toBeLessThan(1e-4);
  });

  it.runIf(hasTorch)('finds the same losses and logits as PyTorch, of both models', async () => {
    const sizes = ['--predict-images', '16', '--measures', 'step,predict', '--model', 'all'];
    const { stdout } = await succeed(
      ['bench', ...tiny.slice(2), ...sizes, '--peers', 'atelier,pytorch', '--out', 'torch', '--json'],
      work,
    );
    const { results } = resultSchema.parse(JSON.parse(stdout));
    expect(results).toHaveLength(4);
    for (const { peers } of results) {
      expect(peers[1]).toMatchObject({ peer: 'pytorch', status: 'measured' });
      expect(peers[1]?.disagreement).toBeLessThan(1e-3);
    }
  });

  it('names a peer that is not installed, with the way to install it', async () => {
    const without = ['env', 'ATELIER_PYTHON=/nowhere/python3'];
    const args = ['bench', ...tiny, '--peers', 'pytorch', '--measures', 'step', '--out', 'absent'];
    const outcome = await atelier(args, work, without);
    expect(outcome.code, outcome.stderr).toBe(0);
    expect(outcome.stdout).toMatch(/PyTorch, eager +- +not installed/);
    expect(outcome.stdout).toContain(
      "'/nowhere/python3' cannot be started. Install it: make bench-peers, or apt install",
    );
  });

  it.each([
    [
      ['--peers', 'pytorhc'],
      [/--peers: there is no peer 'pytorhc'/, /mean 'pytorch'\?/],
    ],
    [['--measures', 'speed'], [/--measures: there is no measure 'speed'/]],
    [['--steps', '0'], [/--steps: expected a whole number from 1 to 1000, got 0/]],
    [['--model', 'm3'], [/--model: expected one of/]],
    [['--scale', '--peers', 'atelier'], [/--peers has no meaning with --scale/]],
    [['--model', 'resnet9'], [/--model resnet9: of the published report there are m1 and m2\. With --data/]],
    [['--image-size', '16'], [/--image-size is for data of your own/]],
    [
      ['--data', '.', '--peers', 'tfjs-wasm'],
      [/--peers: TensorFlow\.js, wasm has the networks of the published report only, on its images/],
    ],
    [['--data', '.', '--model', 'all'], [/--model all are the two of the published report/]],
    [['--repetition', '3'], [/unknown option --repetition; did you mean '--repetitions'\?/]],
  ])('refuses %j before anything is done', async (args, parts) => {
    const before = contentOf(work);
    expectRefusal(await atelier(['bench', ...args], work), 2, ...parts);
    expect(contentOf(work)).toEqual(before);
  });
});
