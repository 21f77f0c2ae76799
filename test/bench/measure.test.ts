import { describe, expect, it, vi } from 'vitest';
import type { Measure, Peer } from '../../bench/catalogue.ts';
import { compared, measurePeers } from '../../bench/measure.ts';
import type { PeerResult } from '../../bench/result.ts';
import { fakePeer, peerResult, requestLog, settings } from './fakes.ts';

async function measure(peers: readonly Peer[], what: Measure = 'step', more: Partial<typeof settings> = {}) {
  const logger = { info: vi.fn(), warn: vi.fn(), debug: vi.fn() };
  const context = { settings: { ...settings, ...more }, data: '/data', logger };
  const { peers: results } = await measurePeers(what, 'm1', peers, context);
  return { results, logger };
}

function resultOf(results: readonly PeerResult[], name: string): PeerResult {
  const found = results.find(({ peer }) => peer === name);
  if (!found) throw new Error(`no result of ${name}`);
  return found;
}

describe('peers side by side', () => {
  it('warm up, take turns in an order that is reversed each time, and are compared last', async () => {
    const log = requestLog();
    await measure([fakePeer('atelier', { log: log.path }), fakePeer('b', { log: log.path })]);
    const [a, b] = [
      ['atelier prepare', 'atelier steps 2'],
      ['b prepare', 'b steps 2'],
    ];
    const turns = ['atelier steps 4', 'b steps 4', 'b steps 4', 'atelier steps 4', 'atelier steps 4', 'b steps 4'];
    const end = ['atelier verify', 'atelier stop', 'b verify', 'b stop'];
    expect(log.read()).toEqual([...a, ...b, ...turns, ...end]);
  });

  it('are compared repetition by repetition', async () => {
    const { results } = await measure([fakePeer('atelier', { ms: 10 }), fakePeer('b', { ms: 40 })]);
    const [ours, theirs] = [resultOf(results, 'atelier'), resultOf(results, 'b')];
    expect(ours).toMatchObject({ status: 'measured', ms: [10, 20, 30], ratio: null, images: 128, batchSize: 128 });
    expect(ours.imagesPerSecond).toBe(6400);
    expect(theirs.ms).toEqual([40, 80, 120]);
    expect(theirs.ratio?.pairs).toEqual([0.25, 0.25, 0.25]);
    expect(theirs).toMatchObject({ disagreement: 0, versions: { fake: '1.0' }, threads: 1 });
  });

  it('that find other losses are found out', async () => {
    const { results } = await measure([fakePeer('atelier'), fakePeer('b', { behaviour: 'other-losses' })]);
    expect(resultOf(results, 'b').disagreement).toBe(0.25);
  });

  it('that do less are compared by the image, as far as they go', async () => {
    const slow = fakePeer('slow', { ms: 100 }, { reduced: { batchSize: 4, steps: 1, repetitions: 1 } });
    const { results } = await measure([fakePeer('atelier', { ms: 128 }), slow]);
    // 1 ms an image against 25.
    expect(resultOf(results, 'slow')).toMatchObject({ ms: [100], images: 4, batchSize: 4 });
    expect(resultOf(results, 'slow').ratio?.pairs).toEqual([0.04]);
  });
});

describe('a peer that does not take part', () => {
  it('is a result with its reason, and the others go on', async () => {
    const absent = fakePeer('gone', { behaviour: 'absent' });
    const unable = fakePeer('unable', { behaviour: 'cannot' });
    const { results, logger } = await measure([fakePeer('atelier'), absent, unable, fakePeer('b')]);
    expect(resultOf(results, 'gone')).toMatchObject({
      status: 'absent',
      reason: 'not installed. Install it: apt install fake',
      ms: [],
      spread: null,
      ratio: null,
      threads: null,
    });
    expect(resultOf(results, 'unable')).toMatchObject({ status: 'cannot', reason: 'no gradients here' });
    expect(resultOf(results, 'b').ms).toHaveLength(3);
    expect(logger.warn).toHaveBeenCalledTimes(2);
  });

  it('or stops in the middle, has no numbers', async () => {
    const { results } = await measure([fakePeer('atelier'), fakePeer('b', { behaviour: 'fails-late' })]);
    expect(resultOf(results, 'b')).toMatchObject({ status: 'failed', reason: 'broke down', ms: [], ratio: null });
    expect(resultOf(results, 'atelier').ms).toHaveLength(3);
  });

  it('for a known reason is told with it', async () => {
    const { results } = await measure([fakePeer('a', {}, { without: { epoch: 'takes hours' } })], 'epoch');
    expect(resultOf(results, 'a')).toMatchObject({ status: 'cannot', reason: 'takes hours' });
  });

  it('leaves no ratios where it is Atelier', () => {
    const results = [peerResult('a', [1]), peerResult('b', [2])];
    expect(compared(results)).toEqual(results);
  });
});

describe('other measures', () => {
  it('prediction is made at the batch size that was the fastest', async () => {
    const { results } = await measure([fakePeer('atelier')], 'predict');
    expect(resultOf(results, 'atelier')).toMatchObject({
      batchSize: 32,
      images: 320,
      ms: [320, 320, 320],
      evidence: [0.5, -0.25],
    });
  });

  it('an epoch validates on a ninth as many images as it trains on', async () => {
    const log = requestLog();
    const { results } = await measure([fakePeer('atelier', { log: log.path })], 'epoch', { epochBatches: 9 });
    expect(resultOf(results, 'atelier')).toMatchObject({ images: 9 * 128, ms: [10, 10, 10] });
    expect(log.read().filter((line) => line.includes('epoch'))).toHaveLength(4);
  });

  it('start-up is a new process each time, and has no speed', async () => {
    const log = requestLog();
    const { results } = await measure([fakePeer('atelier', { log: log.path })], 'startup');
    expect(log.read().filter((line) => line.includes('prepare'))).toHaveLength(4);
    const result = resultOf(results, 'atelier');
    expect(result).toMatchObject({ images: null, imagesPerSecond: null });
    expect(result.ms).toHaveLength(3);
  });
});
