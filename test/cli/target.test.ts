/** `train --target` and `graphs --target`: which operators a run's graphs have, where it is recorded, and how a run goes on. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readRunConfig } from '../../src/training/config/run-config.ts';
import { processorBlock } from '../graphs/processor-targets.ts';
import { copyFolder, sha256, workFolder } from './folders.ts';
import { atelier, expectRefusal, logOf, succeed, warningsOf } from './program.ts';
import { checkpointOf, tiny } from './settings.ts';

const work = workFolder();
const begin = ['train', 'm1', ...tiny, '--epochs', '1'];
/** What `auto` comes down to here. */
const usual = processorBlock === null ? 'portable' : `cpu-nchwc${processorBlock}`;
const targetOf = async (run: string) => (await readRunConfig(join(work, run))).target;
const isBlocked = (file: string) => readFileSync(join(work, file)).includes('com.microsoft.nchwc');
const resume = (run: string) => ['train', 'm1', '--resume', '--run', run];

describe('train --target refuses', () => {
  it.each<readonly [string, readonly string[], readonly string[]]>([
    [
      'an unknown target',
      ['--target', 'nchw'],
      ["--target: expected one of 'auto', 'cpu-nchwc', 'portable'", "'nchw'"],
    ],
    ['the blocks of one processor', ['--target', 'cpu-nchwc8'], ["'cpu-nchwc8'"]],
    [
      'what the engine does not have',
      ['--engine', 'ort-training', '--target', 'cpu-nchwc'],
      ['--target cpu-nchwc: the ort-training engine has graphs of its own', 'Leave --target out'],
    ],
  ])('%s', async (_, args, parts) => {
    expectRefusal(await atelier([...begin, ...args, '--run', 'refused'], work), 2, ...parts);
    expect(existsSync(join(work, 'refused'))).toBe(false);
  });
});

describe('a run', () => {
  beforeAll(async () => {
    await succeed([...begin, '--run', 'whole'], work);
    await succeed([...begin, '--run', 'plain', '--target', 'portable'], work);
  });

  it('records its target, and has its graphs', async () => {
    expect(await targetOf('whole')).toBe(usual);
    expect(isBlocked(join('whole', 'graphs', 'train_step.onnx'))).toBe(processorBlock !== null);
    expect(await targetOf('plain')).toBe('portable');
    expect(isBlocked(join('plain', 'graphs', 'train_step.onnx'))).toBe(false);
    // Whatever it was trained in, these must run elsewhere.
    for (const program of ['eval_step', 'predict'])
      expect(isBlocked(join('whole', 'graphs', `${program}.onnx`))).toBe(false);
  });

  it.each([
    ['whole', 'auto', usual],
    ['plain', 'portable', 'portable'],
  ])('goes on as it began, and ends bit for bit as %s', async (whole, requested, target) => {
    const part = `part-of-${whole}`;
    await succeed([...begin, '--run', part, '--target', requested, '--max-steps', '1'], work);
    const resumed = await succeed(resume(part), work);
    expect(warningsOf(resumed)).toEqual([]);
    expect(await targetOf(part)).toBe(target);
    expect(sha256(checkpointOf(join(work, part)))).toBe(sha256(checkpointOf(join(work, whole))));
  });
});

describe.skipIf(processorBlock === null)('where the processor has a blocked layout', () => {
  it('is trained in by name, and says how far it agrees', async () => {
    const outcome = await succeed([...begin, '--run', 'named', '--target', 'cpu-nchwc'], work);
    expect(await targetOf('named')).toBe(usual);
    const [line] = logOf(outcome).filter(({ msg }) => msg.startsWith('target: '));
    expect(line?.msg).toMatch(
      new RegExp(`^target: ${usual} \\(blocks of ${processorBlock} channels; gradients agree to `),
    );
  });

  it('a run that goes on in another target says so', async () => {
    await succeed([...begin, '--run', 'first', '--max-steps', '1'], work);
    copyFolder(join(work, 'first'), join(work, 'other'));
    const changed = await succeed([...resume('first'), '--target', 'portable'], work);
    expect(warningsOf(changed)).toEqual([
      `resuming with a difference: target: '${usual}' in the run, 'portable' requested`,
    ]);
    expect(await targetOf('first')).toBe('portable');

    // A run that was begun on another processor.
    const foreign = processorBlock === 8 ? 'cpu-nchwc16' : 'cpu-nchwc8';
    const path = join(work, 'other', 'config.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(`"target": "${usual}"`, `"target": "${foreign}"`));
    const moved = await succeed(resume('other'), work);
    expect(warningsOf(moved)).toEqual([
      `resuming with a difference: target: '${foreign}' in the run, '${usual}' requested`,
    ]);
    expect(await targetOf('other')).toBe(usual);
  });

  it('graphs --target cpu-nchwc writes those of this processor', async () => {
    await succeed(['graphs', 'm1', '--target', 'cpu-nchwc', '--out', 'here', '--batch-size', '8'], work);
    await succeed(['graphs', 'm1', '--target', usual, '--out', 'named-here', '--batch-size', '8'], work);
    const [here, named] = ['here', 'named-here'].map((out) => sha256(join(work, out, 'm1', 'train_step.onnx')));
    expect(here).toBe(named);
  });
});

describe('graphs --target', () => {
  it.each(['cpu-nchwc8', 'cpu-nchwc16'])('%s is written on any processor', async (target) => {
    await succeed(['graphs', 'm1', '--target', target, '--out', target, '--batch-size', '16'], work);
    expect(isBlocked(join(target, 'm1', 'train_step.onnx'))).toBe(true);
  });

  it('is portable where nothing is said: the files go elsewhere', async () => {
    await succeed(['graphs', 'm1', '--out', 'anywhere', '--batch-size', '16'], work);
    expect(isBlocked(join('anywhere', 'm1', 'train_step.onnx'))).toBe(false);
  });

  it('refuses an unknown one', async () => {
    expectRefusal(await atelier(['graphs', '--target', 'cuda'], work), 2, "--target: expected one of 'portable'");
  });
});
