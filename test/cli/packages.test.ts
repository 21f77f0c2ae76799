/** Which packages a command needs: the heavy ones only where they are used, the optional ones by name where missing. */
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { commands } from '../../src/cli/command-list.ts';
import { workFolder } from './folders.ts';
import { expectRefusal, type Outcome, start } from './program.ts';
import { tiny } from './settings.ts';

const work = workFolder();
const preload = join(import.meta.dirname, 'absent-packages.cjs');

/** Runs the program where these packages are not installed. */
async function without(packages: readonly string[], args: readonly string[]): Promise<Outcome> {
  const env = { NODE_OPTIONS: `--require ${JSON.stringify(preload)}`, ABSENT_PACKAGES: packages.join(' ') };
  return start(args, work, [], env).ended;
}

const heavy = ['canvas', 'sharp', 'vega', 'vega-lite', 'onnxruntime-web', 'onnxruntime-training-web'];
const optional = ['onnxruntime-web', 'onnxruntime-training-web'];
const run = join(inject('runs'), 'm2');

describe(`without ${heavy.join(', ')}`, () => {
  // In this order: what is evaluated has been trained.
  it.each([
    { args: ['--help'] },
    { args: ['train', '--help'] },
    { args: ['data', '--offline'] },
    { args: ['summary', 'm1'] },
    { args: ['graphs', 'm1', '--out', 'graphs'] },
    { args: ['train', 'm2', ...tiny, '--epochs', '1', '--run', 'trained'] },
    { args: ['evaluate', 'trained', '--split', 'validation', '--threads', '1'] },
    { args: ['predict', 'trained', '0', '--split', 'validation', '--threads', '1'] },
  ])('$args.0 works', async ({ args }) => {
    const { code, stderr } = await without(heavy, args);
    expect(code, stderr).toBe(0);
    expect(stderr).not.toMatch(/not installed|Cannot find/);
  });

  it('drawing does not', async () => {
    const { code, stderr } = await without(['canvas'], ['activations', run, '--out', 'maps', '--threads', '1']);
    expect([code, stderr]).toEqual([1, expect.stringContaining("Cannot find package 'canvas'")]);
  });
});

it('without sharp no picture is read, and what installs it is named', async () => {
  const boot = join(import.meta.dirname, '../fixtures/pictures/boot.png');
  const refused = await without(['sharp'], ['predict', run, boot, '--threads', '1']);
  expectRefusal(
    refused,
    1,
    'pictures are read by the package sharp, which is not installed',
    'npm ci, without --omit=optional',
  );
});

describe('without the runtime', () => {
  const runtime = ['onnxruntime-node', 'protobufjs', ...heavy];

  it.each([['--help'], ...commands.map(({ name }) => [name, '--help'])])('%s %s works', async (...args) => {
    const { code, stdout, stderr } = await without(runtime, args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Of every command');
  });
});

describe('without the optional packages', () => {
  it('the engine of ONNX Runtime’s training build is refused with the command that installs it', async () => {
    const args = ['train', 'm2', ...tiny, '--epochs', '1', '--engine', 'ort-training', '--run', 'foreign'];
    const install = 'npm install onnxruntime-training-web@npm:onnxruntime-web@1.19.2';
    expectRefusal(await without(optional, args), 1, "'onnxruntime-training-web', which is not installed", install);
  });

  it('a page is exported, and what verifies it is named', async () => {
    const args = ['export', run, '--format', 'web', '--verify', '--threads', '1', '--json', '--quiet'];
    const { code, stdout, stderr } = await without(optional, args);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('package onnxruntime-web is not installed: npm install onnxruntime-web@1.30.0');
  });
});
