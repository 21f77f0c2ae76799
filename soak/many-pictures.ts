/** Folders of very many pictures: listed, decoded and trained on in bounded memory. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { listFolder } from '../src/data/own/list-folder.ts';
import type { Campaign, Trial } from './campaign.ts';
import { sampleOf } from './memory.ts';
import { type Outcome, start } from './program.ts';

const [classes, side] = [10, 12];
const [many, few] = [100_000, 1_000];
/** What so many pictures may add to a training that is the same but for them. */
const mostMegabytes = 400;
const longest = 2 * 3_600_000;

/** Writes small pictures of different contents, class by class: `CLASS/NUMBER.png`. */
export async function writePictures(folder: string, count: number): Promise<void> {
  const variants = 100;
  for (let label = 0; label < classes; label += 1) {
    const place = join(folder, `class ${label}`);
    mkdirSync(place, { recursive: true });
    const encoded = await Promise.all(
      Array.from({ length: variants }, (_, at) => {
        const background = { r: 25 * label, g: 2 * at, b: 255 - 20 * label };
        return sharp({ create: { width: side, height: side, channels: 3, background } })
          .png()
          .toBuffer();
      }),
    );
    for (let at = 0; at < count / classes; at += 1)
      // Readers of PNG look at nothing behind its end; the hash of the file does.
      writeFileSync(
        join(place, `${at}.png`),
        Buffer.concat([encoded[at % variants] ?? Buffer.alloc(0), Buffer.from(`${at}`)]),
      );
  }
}

/** How a process went. */
interface Observed extends Outcome {
  readonly seconds: number;
  /** The most memory that it was seen to hold. */
  readonly megabytes: number;
}

async function observed(args: readonly string[], folder: string): Promise<Observed> {
  const began = performance.now();
  const running = start(args, folder, [], {}, longest);
  let megabytes = 0;
  while (!running.isOver()) {
    megabytes = Math.max(megabytes, sampleOf(running.pid)?.megabytes ?? 0);
    await sleep(50);
  }
  return { ...(await running.ended), seconds: (performance.now() - began) / 1000, megabytes };
}

const dataArgs = (folder: string) => ['data', folder, '--image-size', String(side), '--quiet', '--json'];
const trainArgs = (folder: string) => [
  ...['train', 'mini-cnn', '--data', folder, '--image-size', String(side), '--epochs', '1', '--batch-size', '128'],
  ...['--device', 'cpu', '--run', join('runs', folder), '--quiet'],
];

async function tryFolder(place: string): Promise<Trial> {
  for (const [name, count] of [
    ['few', few],
    ['many', many],
  ] as const)
    await writePictures(join(place, name), count);
  const began = performance.now();
  const { pictures } = await listFolder(join(place, 'many'));
  const listing = (performance.now() - began) / 1000;
  const runs = {
    'listing, hashing and decoding': await observed(dataArgs('many'), place),
    'a training of an epoch': await observed(trainArgs('many'), place),
    'the same of few pictures': await observed(trainArgs('few'), place),
  };
  const failures = Object.entries(runs).flatMap(([what, { code, signal, stderr }]) =>
    code === 0 ? [] : [`${what}: ended with ${signal ?? code}: ${stderr}`],
  );
  if (pictures.length !== many) failures.push(`expected ${many} pictures, found ${pictures.length}`);
  const added = runs['a training of an epoch'].megabytes - runs['the same of few pictures'].megabytes;
  if (!(added < mostMegabytes)) failures.push(`${many} pictures add ${added.toFixed(0)} MB, over ${mostMegabytes}`);
  const left = readdirSync(join(place, 'artifacts', 'cache')).filter((name) => !name.endsWith('.images'));
  if (left.length > 0) failures.push(`the cache holds ${left.join(', ')}`);
  const figures = Object.entries(runs).flatMap(([what, { seconds, megabytes }]) => [
    [`${what}, s`, seconds],
    [`${what}, MB`, megabytes],
  ]);
  return {
    count: many,
    maxima: Object.fromEntries([['listing alone, s', listing], ...figures, [`added by ${many} pictures, MB`, added]]),
    failures,
  };
}

/** A hundred thousand pictures at a time. */
export const manyPictures: Campaign = {
  name: 'many-pictures',
  promise: `a folder of ${many.toLocaleString('en')} pictures is listed, decoded and trained on, and adds less than ${mostMegabytes} MB to a training`,
  unit: 'pictures',
  goal: many,
  start: async ({ folder }) => ({
    tryCase: async () => {
      try {
        return await tryFolder(folder);
      } finally {
        for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
      }
    },
    close: async () => undefined,
  }),
};
