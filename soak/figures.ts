import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeJsonAtomic } from '../src/files/json.ts';
import type { Campaign, Trial } from './campaign.ts';

const count = z.int().min(0);

const figuresSchema = z.strictObject({
  schema: z.literal(1),
  campaign: z.string(),
  promise: z.string(),
  unit: z.string(),
  goal: count.nullable(),
  /** Of the campaign's unit, all sessions together. */
  count,
  /** Cases tried: those with the numbers below. */
  cases: count,
  seconds: z.number().min(0),
  tallies: z.record(z.string(), z.number()),
  maxima: z.record(z.string(), z.number()),
  /** Cases that broke the promise and have not passed since. */
  failures: z.array(z.strictObject({ case: count, revision: z.string().nullable(), messages: z.array(z.string()) })),
  /** Cases that broke it once and have passed since: the program was mended. */
  mended: z.array(count),
  sessions: z.array(
    z.strictObject({ date: z.string(), revision: z.string().nullable(), cases: count, count, seconds: z.number() }),
  ),
});

/** All that a campaign has seen so far: its figure file. */
export type Figures = z.infer<typeof figuresSchema>;
export type Session = Figures['sessions'][number];

export function figuresPath(folder: string, name: string): string {
  return join(folder, `${name}.json`);
}

/** Reads a campaign's figures. Throws AtelierError where the file is no figure file. */
export async function readFigures(path: string): Promise<Figures> {
  return readJson(path, (value) => figuresSchema.parse(value));
}

export async function writeFigures(folder: string, figures: Figures): Promise<void> {
  await writeJsonAtomic(figuresPath(folder, figures.campaign), figures, 'the figures');
}

export function noFigures({ name, promise, unit, goal }: Campaign): Figures {
  return {
    schema: 1,
    campaign: name,
    promise,
    unit,
    goal,
    count: 0,
    cases: 0,
    seconds: 0,
    tallies: {},
    maxima: {},
    failures: [],
    mended: [],
    sessions: [],
  };
}

/** The figures after one more case. */
export function withTrial(figures: Figures, number: number, trial: Trial, revision: string | null): Figures {
  const tallies = { ...figures.tallies };
  for (const [name, times] of Object.entries(trial.tallies ?? {})) tallies[name] = (tallies[name] ?? 0) + times;
  const maxima = { ...figures.maxima };
  for (const [name, value] of Object.entries(trial.maxima ?? {}))
    maxima[name] = Math.max(maxima[name] ?? Number.NEGATIVE_INFINITY, value);
  const failures = [...figures.failures];
  if (trial.failures.length > 0) failures.push({ case: number, revision, messages: [...trial.failures] });
  return {
    ...figures,
    count: figures.count + trial.count,
    cases: Math.max(figures.cases, number + 1),
    tallies,
    maxima,
    failures,
  };
}

/** The figures after a case that had failed was tried again. */
export function withRetrial(figures: Figures, number: number, trial: Trial, revision: string | null): Figures {
  const failures = figures.failures.filter((failure) => failure.case !== number);
  if (trial.failures.length > 0)
    return {
      ...figures,
      failures: [...failures, { case: number, revision, messages: [...trial.failures] }],
    };
  return { ...figures, failures, mended: [...new Set([...figures.mended, number])] };
}
