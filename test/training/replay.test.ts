import { describe, expect, it } from 'vitest';
import { commandWording } from '../../src/cli/wording.ts';
import { wordedFor } from '../../src/message.ts';
import { configFrom } from '../../src/recipe/config-file.ts';
import type { TrainRequest } from '../../src/training/open-run.ts';
import { replayDifferences, replayOf } from '../../src/training/replay.ts';
import { sampleConfig } from './sample-config.ts';

const recorded = sampleConfig('m2', {
  limits: { train: 1280, validation: 256, maxSteps: 20 },
  checkpointEvery: 5,
  threads: 3,
  initFrom: '/weights.safetensors',
});

function request(value: unknown, asked: Partial<TrainRequest> = {}): TrainRequest {
  return { model: 'm2', resume: false, options: {}, configFile: configFrom('run.json', value), ...asked };
}

const replayed = {
  limitTrain: 1280,
  limitValidation: 256,
  maxSteps: 20,
  checkpointEvery: 5,
  threads: 3,
  engine: 'native',
  target: 'portable',
  data: 'fashion-mnist',
  initFrom: '/weights.safetensors',
};

describe('the configuration of a run', () => {
  it('is replayed whole but for the device, and said', async () => {
    const replay = await replayOf(request(recorded));
    expect(replay?.request).toEqual({ ...request(recorded), ...replayed });
    expect(replay?.request.device).toBeUndefined();
    expect(wordedFor(replay?.text ?? '', commandWording('m1'))).toBe(
      "replaying 'run.json': its recipe, the first 1,280 training images, the first 256 validation images, at most 20 steps, " +
        'a checkpoint every 5 steps, engine native, target portable, threads 3, data set fashion-mnist, ' +
        "weights of '/weights.safetensors'",
    );
  });

  it('counts less than what is asked for; null asks for no limit', async () => {
    const asked = {
      limitTrain: 64,
      limitValidation: null,
      maxSteps: null,
      checkpointEvery: null,
      initFrom: null,
      threads: 1,
      target: 'auto',
      data: 'other',
      options: { seed: 7, optimizer: { lr: 0.1 } },
    } as const;
    const replay = await replayOf(request(recorded, asked));
    expect(replay?.request).toEqual({ ...request(recorded), ...replayed, ...asked });
    expect(wordedFor(replay?.text ?? '', commandWording('m1'))).toMatch(
      /\. Asked for otherwise: --seed, --lr, --data, --limit-train, --limit-val, --max-steps, --checkpoint-every, --target, --threads, --init-from$/,
    );
  });

  it.each<readonly [string, unknown, Partial<TrainRequest>, Partial<TrainRequest>]>([
    ['a blocked layout is that of the processor at hand', { target: 'cpu-nchwc16' }, {}, { target: undefined }],
    ['the training build has one form', { engine: 'ort-training', target: 'ort-training' }, {}, { target: undefined }],
    ['another engine has another form', {}, { engine: 'ort-training' }, { engine: 'ort-training', target: undefined }],
    ['threads that were left to the runtime still are', { threads: 0 }, {}, { threads: undefined }],
  ])('%s', async (_what, change, asked, expected) => {
    const value = { ...recorded, ...Object(change) };
    expect((await replayOf(request(value, asked)))?.request).toMatchObject(expected);
  });

  it('of an older version is read as one of today', async () => {
    const { schema, data, ...rest } = recorded;
    const old = { ...rest, dataset: { name: data.name, fingerprint: data.fingerprint } };
    expect((await replayOf(request(old)))?.request).toMatchObject(replayed);
    expect(schema).toBe(2);
  });

  it('from which parts were taken out is replayed in what is left', async () => {
    const replay = await replayOf(request({ recipe: { epochs: 3 }, limits: { train: 100 } }));
    expect(replay?.request).toMatchObject({ limitTrain: 100, limitValidation: undefined, engine: undefined });
  });

  it('is refused with all that cannot be', async () => {
    const broken = { ...recorded, limits: { train: 0 }, threads: 'all' };
    await expect(replayOf(request(broken))).rejects.toThrow(
      /^configuration 'run\.json' cannot be replayed:\n'threads': .*got 'all'\n'limits\.train': .*at least 1, got 0\n|^configuration 'run\.json' cannot be replayed:\n'limits\.train': .*at least 1, got 0\n'threads': .*got 'all'\n/,
    );
    await expect(replayOf(request({ ...recorded, engine: 'steam' }))).rejects.toThrow(
      "there is no engine 'steam'; there are: native, ort-training",
    );
  });
});

it('a file with parts of a recipe replays nothing else', async () => {
  expect(await replayOf(request({ epochs: 3, optimizer: { lr: 0.1 } }))).toBeUndefined();
  expect(await replayOf({ model: 'm2', resume: false, options: {} })).toBeUndefined();
});

it('what keeps a replay from the same bytes is told, unless it was asked for', async () => {
  const here = sampleConfig('m2', {
    device: { requested: 'auto', used: 'cuda' },
    target: 'cpu-nchwc16',
    versions: { ...recorded.versions, onnxruntime: '1.31.0', node: '22.0.0' },
  });
  const replay = await replayOf(request(recorded));
  if (replay === undefined) throw new Error('nothing is replayed');
  const lines = [
    "device.used: 'cpu' in the run, 'cuda' here",
    "target: 'portable' in the run, 'cpu-nchwc16' here",
    "versions.onnxruntime: '1.30.0' in the run, '1.31.0' here",
  ];
  expect(replayDifferences(replay.recorded, here, request(recorded))).toEqual(lines);
  const asked = request(recorded, { target: 'cpu-nchwc' });
  expect(replayDifferences(replay.recorded, here, asked)).toEqual([lines[0], lines[2]]);
  expect(replayDifferences(replay.recorded, recorded, asked)).toEqual([]);
});
