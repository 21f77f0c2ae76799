import { afterEach, describe, expect, it, vi } from 'vitest';
import { feedSize, type Span } from '../../src/export/graph-run.ts';
import { classifyInTime } from '../../src/export/trial.ts';

const square = (side: number) => ({ channels: 3, height: side, width: side });

it('large images go in few at a time', () => {
  expect([28, 32, 64, 224, 1000].map((side) => feedSize(square(side)))).toEqual([100, 100, 25, 2, 1]);
});

describe('images are classified for a minute at most', () => {
  afterEach(() => vi.restoreAllMocks());

  /** What a runtime is given that takes some seconds an image, by a clock of its own. */
  async function classified(most: number, secondsAnImage: number) {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now * 1000);
    const spans: Span[] = [];
    const done = await classifyInTime(most, square(28), async (span) => {
      spans.push(span);
      now += (span.to - span.from) * secondsAnImage;
    });
    const [warm, ...timed] = spans;
    expect(warm).toEqual({ from: 0, to: 1 });
    // One after the other, none twice.
    expect(timed.map(({ from }) => from)).toEqual([0, ...timed.slice(0, -1).map(({ to }) => to)]);
    expect(timed.at(-1)?.to).toBe(done.count);
    return { ...done, most: Math.max(...timed.map(({ from, to }) => to - from)) };
  }

  it('all, where that is fast', async () => {
    expect(await classified(1024, 2 ** -10)).toEqual({ count: 1024, seconds: 1, most: 100 });
    expect(await classified(7, 2 ** -10)).toMatchObject({ count: 7, most: 7 });
  });

  it('as many as there is time for, where it is slow', async () => {
    expect(await classified(1000, 0.5)).toEqual({ count: 120, seconds: 60, most: 10 });
  });

  it('one at least', async () => {
    expect(await classified(1000, 100)).toEqual({ count: 1, seconds: 100, most: 1 });
  });
});
