import { describe, expect, it } from 'vitest';
import { peerCatalogue } from '../../bench/catalogue.ts';
import { countsOf, ownPeersOf, peersOf, settingsOf } from '../../bench/options.ts';
import { UsageError } from '../../src/errors.ts';

const plain = { models: ['m1'], threads: 2 } as const;

describe('what is asked for', () => {
  it('is everything, unless something is said', () => {
    expect(peersOf(undefined)).toEqual(peerCatalogue);
    expect(settingsOf(plain)).toMatchObject({
      measures: ['step', 'predict', 'epoch', 'startup'],
      repetitions: 5,
      batchSize: 128,
      threads: 2,
      predictImages: 10_000,
    });
  });

  it('keeps its own order', () => {
    expect(peersOf('pytorch, atelier').map(({ name }) => name)).toEqual(['atelier', 'pytorch']);
    expect(settingsOf({ ...plain, measures: 'predict,step' }).measures).toEqual(['step', 'predict']);
  });
});

describe('on data of one’s own', () => {
  it('is no more than there is', () => {
    expect(settingsOf(plain, { train: 50, test: 9 })).toMatchObject({
      batchSize: 50,
      epochBatches: 1,
      predictImages: 9,
      predictBatchSizes: [9],
    });
    const half = settingsOf({ ...plain, batchSize: 16 }, { train: 50, test: 40 });
    expect(half).toMatchObject({ batchSize: 16, epochBatches: 3, predictImages: 40, predictBatchSizes: [16, 32] });
    expect(() => settingsOf({ ...plain, batchSize: 64 }, { train: 50, test: 9 })).toThrow(
      /--batch-size: .*to 50, got 64/,
    );
  });

  it('has the peers that have a model', () => {
    const names = (model: string, list?: string) => ownPeersOf(list, model).map(({ name }) => name);
    const ours = ['atelier', 'atelier-portable'];
    expect(names('vit-tiny')).toEqual(ours);
    expect(names('resnet9')).toEqual([...ours, 'pytorch', 'pytorch-channels-last', 'pytorch-compile']);
    expect(names('resnet9', 'atelier,pytorch')).toEqual(['atelier', 'pytorch']);
    expect(() => names('vit-tiny', 'atelier,pytorch')).toThrow(UsageError);
    expect(() => names('vit-tiny', 'pytorch')).toThrow(
      '--peers: PyTorch, eager does not have vit-tiny. With --data and vit-tiny there are: atelier, atelier-portable.',
    );
    expect(() => names('m1', 'tfjs-wasm')).toThrow('has the networks of the published report only, on its images');
  });
});

describe('what cannot be', () => {
  it.each([
    [() => peersOf('atelier,pytorhc'), /--peers: there is no peer 'pytorhc'; there are: atelier, .*mean 'pytorch'\?/],
    [() => peersOf(''), /--peers: there is no peer ''; there are/],
    [() => settingsOf({ ...plain, measures: 'speed' }), /--measures: there is no measure 'speed'; there are: step/],
    [() => settingsOf({ ...plain, repetitions: 0 }), /--repetitions: .* from 1 to 1000, got 0\. Leave it out for 5/],
    [() => settingsOf({ ...plain, steps: 2.5 }), /--steps: .*got 2.5/],
    [() => settingsOf({ ...plain, batchSize: 4096 }), /--batch-size: .*to 1024, got 4096/],
    [() => settingsOf({ ...plain, epochBatches: 422 }), /--epoch-batches: .*to 421, got 422/],
    [() => settingsOf({ ...plain, predictImages: 8 }), /--predict-images: .*from 16 to 10000, got 8/],
  ])('is refused (%#)', (ask, message) => {
    expect(ask).toThrow(UsageError);
    expect(ask).toThrow(message);
  });
});

it.each([
  [undefined, [1, 2, 4]],
  ['2', [2]],
  ['4, 1,4', [1, 4]],
])('lists of counts: %s', (list, expected) => {
  expect(countsOf('--widths', list, [1, 2, 4], 16)).toEqual(expected);
});

it.each(['', '1,', '0', '2.5', '17', 'two'])('lists of counts refuse %j', (list) => {
  expect(() => countsOf('--widths', list, [1, 2, 4], 16)).toThrow(/^--widths: /);
});
