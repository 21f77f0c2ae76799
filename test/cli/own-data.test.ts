/** Pictures of one's own through the program: killed while it decodes, twice at once. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { beforeAll, expect, it } from 'vitest';
import { workFolder } from './folders.ts';
import { start, succeed } from './program.ts';

const work = workFolder();
const cache = join(work, 'artifacts', 'cache');
const perClass = 100;
const args = ['data', 'photos', '--json', '--log-level', 'warn'] as const;

beforeAll(async () => {
  for (const [name, base] of [
    ['dark', 20],
    ['light', 180],
  ] as const) {
    mkdirSync(join(work, 'photos', name), { recursive: true });
    const picture = await sharp({
      create: { width: 1600, height: 1200, channels: 3, background: { r: base, g: base, b: 9 } },
    })
      .jpeg()
      .toBuffer();
    for (let i = 0; i < perClass; i += 1) writeFileSync(join(work, 'photos', name, `${i}.jpg`), picture);
  }
});

it('a kill while the cache is written leaves nothing that the next run minds or keeps; two at once agree', async () => {
  const left = () => (existsSync(cache) ? readdirSync(cache) : []);
  for (const wait of [0, 60, 150]) {
    const before = left();
    const running = start(args, work);
    while (left().every((name) => before.includes(name)) && !running.isOver()) await sleep(5);
    await sleep(wait);
    running.signal('SIGKILL');
    const { signal, stdout } = await running.ended;
    expect([signal, stdout]).toEqual(['SIGKILL', '']);
    // It was writing: there is a part of a file, and no whole one.
    expect(left()).toEqual([expect.stringMatching(/\.partial$/)]);
  }
  const [one, other] = await Promise.all([succeed(args, work), succeed(args, work)]);
  expect(one.stdout).toBe(other.stdout);
  expect(JSON.parse(one.stdout)).toMatchObject({ splits: { train: 160, validation: 20, test: 20 } });
  expect(one.stderr + other.stderr).toBe('');
  expect(left()).toEqual([expect.stringMatching(/\.images$/)]);
  const again = await succeed(args, work);
  expect(again.stdout).toBe(one.stdout);
});
