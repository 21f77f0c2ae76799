import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../graphs/ir/types.ts';
import { AtelierError } from '../../src/errors.ts';
import { readSafetensors, writeSafetensors } from '../../src/files/safetensors.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../../src/training/checkpoint.ts';
import { scratchFolder } from '../files/scratch.ts';

function float32(shape: readonly number[], values: readonly number[]): Tensor {
  return { dtype: 'float32', shape, data: Float32Array.from(values) };
}

const example: Checkpoint = {
  model: 'm2',
  seed: 7,
  progress: {
    epoch: 3,
    stepInEpoch: 2,
    step: 11,
    lossSum: 12.345678901234567,
    correct: 70,
    images: 80,
    scheduler: { lr: 2.5e-4, best: 0.1 + 0.2, badEpochs: 1, cooldown: 2 },
    best: { epoch: 2, loss: 1 / 3, accuracy: 0.875 },
  },
  state: new Map<string, Tensor>([
    ['conv1.weight', float32([2, 1, 2, 1], [1, -0, 1e-45, 3.4e38])],
    ['bn1.num_batches_tracked', { dtype: 'int64', shape: [], data: BigInt64Array.of(11n) }],
    ['optimizer.exp_avg.conv1.weight', float32([2, 1, 2, 1], [0, 0, 0.1, -0.1])],
  ]),
};

describe('a checkpoint', () => {
  it('comes back as it was, to the last bit', async () => {
    const path = join(scratchFolder(), 'last.safetensors');
    await writeCheckpoint(path, example);
    const read = await readCheckpoint(path);
    expect(read).toEqual({ ...example, state: read.state, checked: true });
    expect(new Map(read.state)).toEqual(new Map(example.state));
    expect(Object.is(read.state.get('conv1.weight')?.data[1], -0)).toBe(true);
  });

  it('keeps every number of the progress exactly', async () => {
    const path = join(scratchFolder(), 'last.safetensors');
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    const rate = fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true });
    await fc.assert(
      fc.asyncProperty(finite, rate, fc.nat(), async (lossSum, lr, seed) => {
        const { progress } = example;
        const changed = { ...progress, lossSum, scheduler: { ...progress.scheduler, lr } };
        await writeCheckpoint(path, { ...example, seed, progress: changed });
        const read = await readCheckpoint(path);
        // JSON knows no negative zero, and no sum or rate is one.
        expect([read.seed, read.progress.lossSum + 0, read.progress.scheduler.lr + 0]).toEqual([
          seed,
          lossSum + 0,
          lr + 0,
        ]);
      }),
      { numRuns: 25 },
    );
  });

  it('has the same bytes whenever it is the same, in whatever order its tensors come', async () => {
    const folder = scratchFolder();
    await writeCheckpoint(join(folder, 'a'), example);
    await writeCheckpoint(join(folder, 'b'), { ...example, state: new Map([...example.state].reverse()) });
    expect(readFileSync(join(folder, 'b'))).toEqual(readFileSync(join(folder, 'a')));
  });

  it('says in its metadata what people and other programs ask for', async () => {
    const path = join(scratchFolder(), 'last.safetensors');
    await writeCheckpoint(path, example);
    const { metadata } = await readSafetensors(path);
    expect(Object.fromEntries(metadata)).toMatchObject({ format: 'pt', model: 'm2', epoch: '3', step: '11' });
    expect(JSON.parse(metadata.get('scheduler') ?? '')).toEqual(example.progress.scheduler);
    expect(JSON.parse(metadata.get('random_streams') ?? '')).toEqual({
      seed: 7,
      shuffle: { epoch: 3 },
      augmentation: { epoch: 3, step: 2 },
      dropout: { step: 11 },
    });
  });

  it('with a number that JSON cannot hold is not written', async () => {
    const path = join(scratchFolder(), 'last.safetensors');
    await writeCheckpoint(path, example);
    const before = readFileSync(path);
    const progress = { ...example.progress, lossSum: Number.NaN };
    await expect(writeCheckpoint(path, { ...example, progress })).rejects.toThrow(/'lossSum' is NaN/);
    expect(readFileSync(path)).toEqual(before);
  });
});

describe('a file that is no checkpoint', () => {
  it('cut short anywhere is refused with its path', async () => {
    const path = join(scratchFolder(), 'last.safetensors');
    await writeCheckpoint(path, example);
    const whole = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        writeFileSync(path, whole);
        truncateSync(path, length);
        const error: unknown = await readCheckpoint(path).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(AtelierError);
        expect(error).toHaveProperty('message', expect.stringContaining(path));
      }),
      { numRuns: 40 },
    );
  });

  it.each<readonly [string, (metadata: Map<string, string>) => unknown, RegExp]>([
    ['no metadata at all', (metadata) => metadata.clear(), /lack or spoil kind, model, random_streams, progress/],
    ['another kind', (metadata) => metadata.set('kind', 'other'), /lack or spoil kind\./],
    ['a progress that is no JSON', (metadata) => metadata.set('progress', '{'), /lack or spoil their JSON\./],
    ['a progress with a hole', (metadata) => metadata.set('progress', '{"epoch":1}'), /stepInEpoch, step, lossSum/],
    ['a seed that is none', (metadata) => metadata.set('random_streams', '{"seed":-1}'), /lack or spoil seed/],
  ])('%s', async (_what, spoil, message) => {
    const path = join(scratchFolder(), 'last.safetensors');
    await writeCheckpoint(path, example);
    const { tensors, metadata } = await readSafetensors(path);
    const spoilt = new Map(metadata);
    spoil(spoilt);
    await writeSafetensors(path, { tensors, metadata: spoilt });
    await expect(readCheckpoint(path)).rejects.toThrow(message);
    await expect(readCheckpoint(path)).rejects.toThrow(/only weights can start a new run, not continue one/);
  });
});
