import { copyFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/files/safetensors.ts';
import { readCheckpoint, writeCheckpoint } from '../../src/training/checkpoint.ts';
import { contentOf, copyFolder, workFolder } from './folders.ts';
import { atelier, expectRefusal, succeed, warningsOf } from './program.ts';
import { checkpointOf, machine, quick } from './settings.ts';

const work = workFolder();

beforeAll(async () => {
  await succeed(['train', 'm2', ...quick, '--max-steps', '2', '--run', 'm2'], work);
});

/** A copy of a run whose last checkpoint `spoil` has spoilt: both train --resume and evaluate must refuse it, untouched. */
async function expectRefused(
  name: string,
  spoil: (checkpoint: string) => unknown,
  ...parts: readonly (string | RegExp)[]
) {
  const run = copyFolder(join(work, 'm2'), join(work, name));
  await spoil(checkpointOf(run));
  const before = contentOf(run);
  const path = checkpointOf(name);
  const resumed = await atelier(['train', 'm2', '--resume', '--run', name, ...machine], work);
  expectRefusal(resumed, 1, path, ...parts);
  expect(contentOf(run)).toEqual(before);
}

/** The bytes with one bit turned, at a place from the beginning or, if negative, from the end. */
function flipped(bytes: Buffer, placeIn: (bytes: Buffer) => number): Buffer {
  const place = placeIn(bytes);
  const at = place < 0 ? bytes.length + place : place;
  return Buffer.from(bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)));
}

describe('a last checkpoint that cannot be gone on from', () => {
  it.each([0, 7, 4000, 1_000_000])('cut short to %i bytes', async (length) => {
    await expectRefused(`cut-${length}`, (path) => truncateSync(path, length), 'expected', 'found', 'damaged');
  });

  it('other bytes', async () => {
    await expectRefused(
      'noise',
      (path) => writeFileSync(path, readFileSync(join(work, 'm2', 'config.json'))),
      'header',
    );
  });

  it.each([
    ['data', () => -1000],
    ['header', (bytes: Buffer) => bytes.indexOf('"seed') + 8],
  ])('with one bit flipped in the %s', async (part, placeIn) => {
    const spoil = (path: string) => writeFileSync(path, flipped(readFileSync(path), placeIn));
    const anew = `Without one, train the run anew: npx atelier train m2 --config flipped-${part}/config.json`;
    await expectRefused(`flipped-${part}`, spoil, `the ${part}: expected the SHA-256`, 'The file is damaged', anew);
    const again = ['--config', `flipped-${part}/config.json`, '--run', `anew-${part}`, '--max-steps', '1'];
    await succeed(['train', 'm2', ...again], work);
  });

  it('of another model', async () => {
    const spoil = (path: string) => writeFileSync(path, readFileSync(checkpointOf(join(inject('runs'), 'm1'))));
    await expectRefused('model', spoil, 'belongs to model m1 with seed 42', "Put the run's own checkpoint back");
  });

  it('with a tensor of another shape', async () => {
    const spoil = async (path: string) => {
      const checkpoint = await readCheckpoint(path);
      const state = new Map(checkpoint.state);
      state.set('fc2.bias', { dtype: 'float32', shape: [5], data: new Float32Array(5) });
      await writeCheckpoint(path, { ...checkpoint, state });
    };
    await expectRefused(
      'shape',
      spoil,
      "state 'fc2.bias': expected float32[10], found float32[5]",
      'not a checkpoint of this',
    );
  });

  it('without a tensor', async () => {
    const spoil = async (path: string) => {
      const checkpoint = await readCheckpoint(path);
      const state = new Map([...checkpoint.state].filter(([name]) => name !== 'optimizer.exp_avg.fc2.bias'));
      expect(state.size).toBe(checkpoint.state.size - 1);
      await writeCheckpoint(path, { ...checkpoint, state });
    };
    await expectRefused('tensor', spoil, "lacks 'optimizer.exp_avg.fc2.bias'", 'not a checkpoint of this run');
  });

  it('of a run with other batches', async () => {
    const spoil = async (path: string) => {
      const checkpoint = await readCheckpoint(path);
      await writeCheckpoint(path, { ...checkpoint, progress: { ...checkpoint.progress, epoch: 1, step: 40 } });
    };
    await expectRefused('batches', spoil, 'at step 40 in all', 'an epoch of the run has 3');
  });

  it('weights without a run’s metadata', async () => {
    const spoil = async (path: string) => {
      const { tensors } = await readSafetensors(path);
      await writeSafetensors(path, { tensors, metadata: new Map([['format', 'pt']]) });
    };
    await expectRefused('weights', spoil, 'not a checkpoint of a run', 'only weights');
  });
});

describe('evaluate', () => {
  const options = ['--checkpoint', 'last', '--split', 'validation', '--threads', '1'];

  it('refuses a checkpoint that was cut short, and writes no evaluation', async () => {
    const run = copyFolder(join(work, 'm2'), join(work, 'evaluate-cut'));
    truncateSync(checkpointOf(run), 5000);
    const before = contentOf(run);
    expectRefusal(
      await atelier(['evaluate', 'evaluate-cut', ...options], work),
      1,
      checkpointOf('evaluate-cut'),
      'damaged',
    );
    expect(contentOf(run)).toEqual(before);
  });

  it('refuses a run that has no best checkpoint yet, and says how to get one', async () => {
    const parts = ["'m2' has no best checkpoint", 'train m2 --resume --run m2'];
    expectRefusal(await atelier(['evaluate', 'm2'], work), 1, ...parts);
  });
});

it('a damaged checkpoint beside one that is whole is refused with the way to use that one', async () => {
  const name = 'beside';
  const run = copyFolder(join(inject('runs'), 'm2'), join(work, name));
  const damage = (path: string) =>
    writeFileSync(
      path,
      flipped(readFileSync(path), () => -1),
    );
  damage(checkpointOf(run));
  const resume = ['train', 'm2', '--resume', '--run', name, '--epochs', '2', ...machine];
  const way = `checkpoint, '${checkpointOf(name, 'best')}' (epoch 1), is whole: put it in this one's place`;
  expectRefusal(await atelier(resume, work), 1, checkpointOf(name), 'The file is damaged', way);
  copyFileSync(checkpointOf(run, 'best'), checkpointOf(run));
  expect(warningsOf(await succeed(resume, work))).toEqual([]);
  damage(checkpointOf(run, 'best'));
  const one = ['--split', 'validation', '--threads', '1'];
  expectRefusal(
    await atelier(['evaluate', name, ...one], work),
    1,
    checkpointOf(name, 'best'),
    `is whole: npx atelier evaluate ${name} --checkpoint last`,
  );
  await succeed(['evaluate', name, '--checkpoint', 'last', ...one], work);
});

describe('a best checkpoint that is lost', () => {
  it.each([
    ['gone', (path: string) => rmSync(path), 'is gone'],
    ['cut', (path: string) => truncateSync(path, 5000), 'damaged'],
  ] as const)('%s: a resumption says so, and goes on', async (name, spoil, reason) => {
    const run = copyFolder(join(inject('runs'), 'm2'), join(work, `best-${name}`));
    spoil(checkpointOf(run, 'best'));
    writeFileSync(join(run, 'graphs', 'train_step.onnx.4711-3.partial'), 'left by a killed process');
    const args = ['train', 'm2', '--resume', '--run', run, '--epochs', '2', ...machine];
    const outcome = await succeed(args, work);
    expect(warningsOf(outcome).filter((line) => line.includes('best'))).toEqual([
      expect.stringMatching(new RegExp(`^the best checkpoint so far \\(epoch 1\\) is lost: .*${reason}`)),
    ]);
    expect(readdirSync(join(run, 'graphs')).filter((file) => file.endsWith('.partial'))).toEqual([]);
  });
});
