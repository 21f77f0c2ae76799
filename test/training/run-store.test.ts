import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/training/checkpoint.ts';
import { divergenceOf } from '../../src/training/divergence.ts';
import { initialProgress } from '../../src/training/progress.ts';
import { RunFolder } from '../../src/training/run-folder.ts';
import { FolderStore } from '../../src/training/run-store.ts';
import { scratchFolder } from '../files/scratch.ts';
import { FakeEngine } from './fit-fakes.ts';

const progress = { ...initialProgress({ lr: 1e-3, best: null, badEpochs: 0, cooldown: 0 }), step: 3 };

function openStore() {
  const folder = new RunFolder(scratchFolder());
  mkdirSync(folder.checkpoints);
  return { folder, store: new FolderStore(folder, 'm1', 42) };
}

function engineWith(...values: readonly number[]): FakeEngine {
  const engine = new FakeEngine(
    () => 1,
    () => 1,
  );
  engine.state = async () =>
    new Map([
      ['steps', { dtype: 'int64', shape: [], data: BigInt64Array.of(3n) }],
      ['fc1.weight', { dtype: 'float32', shape: [values.length], data: Float32Array.from(values) }],
    ]);
  return engine;
}

describe('the store of a run folder', () => {
  it('keeps last and best, and names the newest', async () => {
    const { folder, store } = openStore();
    expect(store.lastSaved()).toBeNull();
    await store.saveBest(engineWith(1, 2), progress);
    expect(store.lastSaved()).toBeNull();
    await store.saveLast(engineWith(3, 4), progress);
    expect(store.lastSaved()).toBe(`'${folder.checkpoint('last')}' (after step 3)`);
    const last = await readCheckpoint(folder.checkpoint('last'));
    expect(last).toMatchObject({ model: 'm1', seed: 42, progress });
    expect(last.state.get('fc1.weight')?.data).toEqual(Float32Array.of(3, 4));
    expect((await readCheckpoint(folder.checkpoint('best'))).state.get('fc1.weight')?.data[0]).toBe(1);
    expect(readdirSync(folder.checkpoints).sort()).toEqual(['best.safetensors', 'last.safetensors']);
  });

  it('knows the checkpoint that a run was resumed from', () => {
    const { folder, store } = openStore();
    store.resumedFrom(progress);
    expect(store.lastSaved()).toBe(`'${folder.checkpoint('last')}' (after step 3)`);
  });

  it.each([
    ['NaN', [1, Number.NaN, 2]],
    ['infinity', [Number.POSITIVE_INFINITY, 1]],
    ['infinities that cancel', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  ])('never saves a parameter that is not finite: %s', async (_what, values) => {
    const { folder, store } = openStore();
    await store.saveLast(engineWith(1, 2), progress);
    const before = readFileSync(folder.checkpoint('last'));
    const later = { ...progress, step: 4 };
    const told = `'fc1.weight' is no longer finite after step 4, so the state is not saved. The last good checkpoint is '${folder.checkpoint('last')}' (after step 3). Start again with a lower 'optimizer.lr'.`;
    const refused = { code: 'not-finite', message: told };
    await expect(store.saveLast(engineWith(...values), later)).rejects.toMatchObject(refused);
    await expect(store.saveBest(engineWith(...values), later)).rejects.toThrow(/no longer finite/);
    expect(readFileSync(folder.checkpoint('last'))).toEqual(before);
    expect(await divergenceOf(folder)).toEqual({ found: told.split('. ')[0], step: 4 });
    expect(existsSync(folder.checkpoint('best'))).toBe(false);
  });

  it('saves the largest numbers there are, though their sum is larger than any float32', async () => {
    const { folder, store } = openStore();
    await store.saveLast(engineWith(3.4028234663852886e38, 3.4028234663852886e38), progress);
    expect((await readCheckpoint(folder.checkpoint('last'))).state.get('fc1.weight')?.data[1]).toBe(
      3.4028234663852886e38,
    );
  });

  it('appends history line by line', async () => {
    const { folder, store } = openStore();
    const means = { loss: 1, accuracy: 0.5 };
    const record = { train: means, validation: means, lr: 1e-3, seconds: 1, images_per_second: 2 };
    await store.appendHistory({ epoch: 1, ...record });
    await store.appendHistory({ epoch: 2, ...record });
    const lines = readFileSync(join(folder.path, 'history.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { epoch: 1, ...record },
      { epoch: 2, ...record },
    ]);
  });
});
