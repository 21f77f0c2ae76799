import { expect, it } from 'vitest';
import { growthOf, type Sample } from '../../soak/memory.ts';

/** Samples of a process whose memory is that at each place of its course, from 0 to 1. */
function course(megabytesAt: (place: number) => number): readonly Sample[] {
  return Array.from({ length: 100 }, (_, i) => ({
    megabytes: megabytesAt(i / 100) + (i % 7 === 0 ? 90 : i % 3),
    descriptors: i % 10 === 0 ? 31 : 30,
    threads: 9,
  }));
}

it('growth is told from warming up and from moments of more', () => {
  const warming = growthOf(course((place) => 400 + 300 * Math.min(place, 0.2)));
  expect(Math.abs(warming.megabytes)).toBeLessThanOrEqual(2);
  expect(warming).toMatchObject({ descriptors: 0, threads: 0 });
  // Half of the course lies between the middles of the second and the last quarter.
  expect(growthOf(course((place) => 400 + 100 * place)).megabytes).toBeCloseTo(50, -1);
});
