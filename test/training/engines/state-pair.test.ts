import { beforeEach, describe, expect, it } from 'vitest';
import { float32, int64, type Tensor } from '../../../graphs/ir/types.ts';
import type { StateTensor } from '../../../graphs/programs/program.ts';
import { AtelierError } from '../../../src/errors.ts';
import { StatePair } from '../../../src/training/engines/state-pair.ts';

const specs: readonly StateTensor[] = [
  { name: 'w', next: 'w.next', kind: 'parameter', dtype: 'float32', shape: [2] },
  { name: 'count', next: 'count.next', kind: 'buffer', dtype: 'int64', shape: [] },
  { name: 'optimizer.m.w', next: 'optimizer.m.w.next', kind: 'optimizer', dtype: 'float32', shape: [2] },
];
const start = new Map<string, Tensor>([
  ['w', float32([1, 2])],
  ['count', int64([3], [])],
  ['optimizer.m.w', float32([4, 5])],
]);

let pair: StatePair;
beforeEach(() => {
  pair = new StatePair(specs);
  pair.load(start);
});

/** What a step does: reads w, writes w + 1. */
function step(): void {
  const [from, to] = [pair.feeds()['w'], pair.fetches()['w.next']];
  if (!(from?.data instanceof Float32Array) || !(to?.data instanceof Float32Array)) throw new Error('no tensors');
  to.data.set(from.data.map((value) => value + 1));
}

const weights = () => Array.from<number | bigint, number>(pair.view().get('w')?.data ?? [], Number);

it('is fed under the names of inputs and written under those of outputs, in tensors that never change', () => {
  expect(Object.keys(pair.feeds())).toEqual(['w', 'count', 'optimizer.m.w']);
  expect(Object.keys(pair.fetches())).toEqual(['w.next', 'count.next', 'optimizer.m.w.next']);
  const [feed, fetch] = [pair.feeds()['w'], pair.fetches()['w.next']];
  expect(feed).not.toBe(fetch);
  pair.swap();
  expect(pair.feeds()['w']).toBe(fetch);
  expect(pair.fetches()['w.next']).toBe(feed);
});

it('moves on when it is swapped, and not before', () => {
  step();
  expect(weights()).toEqual([1, 2]);
  pair.swap();
  expect(weights()).toEqual([2, 3]);
  step();
  pair.swap();
  expect(weights()).toEqual([3, 4]);
});

it('shows views and gives copies', () => {
  const [view, copy] = [pair.view(), pair.copy()];
  expect(copy).toEqual(view);
  expect(copy).toEqual(start);
  step();
  pair.swap();
  step();
  // The copy that the view shows has been written to; the other is nobody else's.
  expect(view.get('w')?.data).toEqual(Float32Array.of(3, 4));
  expect(copy.get('w')?.data).toEqual(Float32Array.of(1, 2));
  expect([...pair.view(['parameter', 'buffer']).keys()]).toEqual(['w', 'count']);
});

it('copies what it loads', () => {
  step();
  pair.swap();
  expect(start.get('w')).toEqual(float32([1, 2]));
});

describe('refuses, and stays as it is, where', () => {
  const with_ = (name: string, tensor: Tensor) => new Map([...start, ['w', float32([8, 9])], [name, tensor]]);
  const without = (name: string) => new Map([...start].filter(([key]) => key !== name));

  it.each<[string, ReadonlyMap<string, Tensor>, string]>([
    ['a tensor is missing', without('optimizer.m.w'), "the state lacks 'optimizer.m.w' (float32[2])"],
    [
      'a tensor has another shape',
      with_('optimizer.m.w', float32([1, 2, 3])),
      "state 'optimizer.m.w': expected float32[2], found float32[3]",
    ],
    ['a tensor has another type', with_('count', float32([1], [])), "state 'count': expected int64[], found float32[]"],
  ])('%s', (_, state, message) => {
    expect(() => pair.load(state)).toThrow(AtelierError);
    expect(() => pair.load(state)).toThrow(message);
    expect(pair.copy()).toEqual(start);
  });
});
