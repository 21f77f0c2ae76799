/** The live line and the lines around it, as bytes. */
import { afterEach, expect, it, vi } from 'vitest';
import { Screen, type Terminal } from '../../src/cli/terminal/screen.ts';
import { columnsOf } from '../../src/cli/terminal/width.ts';
import { workLine } from '../../src/cli/terminal/work-screen.ts';
import { thousands } from '../../src/text/numbers.ts';

afterEach(() => {
  vi.useRealTimers();
});

function terminal(columns: number) {
  const written: string[] = [];
  let resized: () => void = () => undefined;
  const stream = {
    columns,
    hasColors: () => false,
    write: (text: string) => {
      written.push(text);
      return true;
    },
    on: (_name: string, listener: () => void) => {
      resized = listener;
      return stream;
    },
  };
  const resize = (to: number) => {
    stream.columns = to;
    resized();
  };
  // A stream has overloads that this one does not need.
  return { stream: stream as typeof stream & Terminal, written, resize };
}

it('leaves the cursor at the beginning of the live line, one column free', () => {
  const { stream, written } = terminal(20);
  new Screen(stream, false).show((columns) => 'x'.repeat(columns));
  expect(written).toEqual([`\r${'x'.repeat(19)}\u001b[J\r`]);
});

it('takes the live line away before a line that stays, and for good when it is cleared', () => {
  const { stream, written } = terminal(20);
  const screen = new Screen(stream, false);
  screen.show(() => 'working');
  screen.print('done', 'and this');
  screen.clear();
  expect(written.slice(1)).toEqual(['\r\u001b[Jdone\nand this\n']);
  screen.show(() => 'working', true);
  screen.clear();
  expect(written.slice(2)).toEqual(['\rworking\u001b[J\r', '\r\u001b[J']);
});

it('draws the live line again where the window changes', () => {
  const { stream, written, resize } = terminal(80);
  new Screen(stream, false).show((columns) => `${columns}`);
  resize(40);
  expect(written.at(-1)).toBe('\r39\u001b[J\r');
});

it('writes to a dumb terminal nothing but lines', () => {
  const { stream, written } = terminal(80);
  const screen = new Screen(stream, true);
  screen.show(() => 'working');
  screen.print('done');
  screen.clear();
  expect(written).toEqual(['done\n']);
});

it('writes to a dumb terminal how far long work is, every 15 seconds', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { stream, written } = terminal(20);
  const screen = new Screen(stream, true);
  const showAfter = (seconds: number) => {
    vi.advanceTimersByTime(1000 * seconds);
    screen.show((columns) => `${performance.now() / 1000} s `.padEnd(columns + 5, '-'), true);
    return written.splice(0);
  };
  expect([showAfter(0), showAfter(14.9)].flat()).toEqual([]);
  const [line = '', ...others] = showAfter(0.1);
  expect(others).toEqual([]);
  expect(line).toMatch(/^[\d.]+ s -+…\n$/);
  expect(columnsOf(line.trimEnd())).toBe(19);
  expect(showAfter(14.9)).toEqual([]);
  expect(showAfter(0.1)).toHaveLength(1);
  screen.clear();
  expect(written).toEqual([]);
});

it.each([30, 40, 60, 80, 200])('says in %i columns what is done, how far and how long yet', (columns) => {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const file = { work: 'fetching train-images-idx3-ubyte', done: 13e6, total: 26e6, unit: '' };
  const images = { work: 'evaluating artifacts/runs/a-long-name', done: 500, total: 10_000, unit: 'images' };
  const lines = [workLine(file, 1e6, megabytes, columns), workLine(images, 1000, thousands, columns)];
  for (const line of lines) {
    expect(columnsOf(line)).toBeLessThanOrEqual(columns);
    expect(line).not.toMatch(/undefined|NaN/);
  }
  if (columns === 200)
    expect(lines.map((line) => line.replace(/[█░]+/, 'BAR'))).toEqual([
      'fetching train-images-idx3-ubyte BAR  13.0 MB/26.0 MB  1.0 MB/s  0:13 left',
      'evaluating artifacts/runs/a-long-name BAR     500/10,000 images  1,000 images/s  0:10 left',
    ]);
});

it('never cuts a short name where the counts have room beside it', () => {
  const work = { work: 'drawing resamples', done: 5000, total: 10_000, unit: '' };
  for (let columns = 50; columns <= 80; columns++)
    expect(workLine(work, 5000, thousands, columns), `${columns}`).toMatch(/^drawing resamples .* 5,000\/10,000 /);
});

it('says what is going on where nobody knows how much of it there is', () => {
  const figures = { work: 'drawing figures', total: null, unit: 'done' };
  expect(workLine({ ...figures, done: 0 }, 0, thousands, 80)).toBe('drawing figures');
  expect(workLine({ ...figures, done: 7 }, 3, thousands, 80)).toBe('drawing figures  7 done');
});
