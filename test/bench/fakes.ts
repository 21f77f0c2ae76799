import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultSettings } from '../../bench/bench.ts';
import type { Peer } from '../../bench/catalogue.ts';
import type { Launch } from '../../bench/peer-process.ts';
import type { BenchSettings, Environment, PeerResult } from '../../bench/result.ts';
import { spreadOf } from '../../bench/statistics.ts';
import { scratchFolder } from '../files/scratch.ts';

const file = fileURLToPath(new URL('fake-peer.mjs', import.meta.url));

export interface Fake {
  readonly behaviour?:
    | 'well'
    | 'absent'
    | 'cannot'
    | 'chatty'
    | 'short'
    | 'dies'
    | 'hangs'
    | 'leaves-worker'
    | 'fails-late'
    | 'other-losses';
  /** Milliseconds of the first repetition. */
  readonly ms?: number;
  readonly log?: string;
}

export function fakeLaunch({ behaviour = 'well', ms = 10, log = '' }: Fake = {}, name = 'fake'): Launch {
  return { command: process.execPath, args: [file, behaviour, String(ms), log, name], install: 'Install Node.js.' };
}

export function fakePeer(name: string, fake: Fake = {}, more: Partial<Peer> = {}): Peer {
  return { name, title: `Peer ${name}`, launch: () => fakeLaunch(fake, name), ...more };
}

/** A file for peers to write their requests to, and what it holds. */
export function requestLog(): { readonly path: string; read(): readonly string[] } {
  const path = join(scratchFolder(), 'log');
  return { path, read: () => readFileSync(path, 'utf8').trim().split('\n') };
}

export const settings: BenchSettings = {
  ...defaultSettings,
  models: ['m1'],
  measures: ['step'],
  repetitions: 3,
  steps: 4,
  warmUp: 2,
  threads: 2,
  predictImages: 320,
  predictBatchSizes: [16, 32, 64],
  pause: 0,
};

export const environment: Environment = {
  date: '2026-01-02T03:04:05.000Z',
  processor: 'Some Processor',
  processors: 2,
  memoryBytes: 8 * 2 ** 30,
  system: 'Linux 6.1',
  loadBefore: 0.25,
  versions: { atelier: '0.1.0' },
  revision: 'abc',
  dataset: 'd5',
};

export function peerResult(peer: string, ms: readonly number[], more: Partial<PeerResult> = {}): PeerResult {
  const spread = spreadOf(ms);
  const images = more.images ?? 128;
  return {
    peer,
    title: `Peer ${peer}`,
    status: 'measured',
    reason: null,
    versions: { [peer]: '1.0' },
    threads: 2,
    details: '',
    batchSize: 128,
    images,
    ms,
    spread,
    imagesPerSecond: (images / spread.median) * 1000,
    peakMemoryBytes: 2 ** 30,
    waiting: null,
    ratio: null,
    evidence: [2, 1, 1],
    disagreement: null,
    ...more,
  };
}
