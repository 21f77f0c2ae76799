import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Campaign, Trial } from './campaign.ts';
import {
  type Figures,
  figuresPath,
  noFigures,
  readFigures,
  type Session,
  withRetrial,
  withTrial,
  writeFigures,
} from './figures.ts';

export interface SoakOptions {
  /** Where the figure files are. */
  readonly folder: string;
  readonly minutes: number;
  /** Of the program that is tried; null where it is unknown. */
  readonly revision: string | null;
  /** Ends the campaign after the case that is being tried. */
  readonly signal: AbortSignal;
  say(line: string): void;
}

/** Figures are written so often at most: some campaigns try thousands of cases in a second. */
const writeEvery = 5_000;
const sayEvery = 60_000;

/** Goes on with a campaign for some minutes. Its figures are on disk at all times, some seconds behind. */
export async function goOn(campaign: Campaign, options: SoakOptions): Promise<Figures> {
  const path = figuresPath(options.folder, campaign.name);
  const before: Figures = existsSync(path) ? await readFigures(path) : noFigures(campaign);
  const { promise, unit, goal } = campaign;
  let figures: Figures = { ...before, promise, unit, goal };
  const began = performance.now();
  let [written, said] = [began, began];
  const date = new Date().toISOString();
  const session = (): Session => ({
    date,
    revision: options.revision,
    cases: figures.cases - before.cases,
    count: figures.count - before.count,
    seconds: Math.round((performance.now() - began) / 1000),
  });
  const withSession = (): Figures => {
    const now = session();
    return { ...figures, seconds: before.seconds + now.seconds, sessions: [...before.sessions, now] };
  };
  await inFolder(campaign, options, async (tryCase) => {
    while (performance.now() - began < options.minutes * 60_000 && !options.signal.aborted) {
      const number = figures.cases;
      const trial = await tryCase(number);
      for (const failure of trial.failures) options.say(`case ${number}: ${failure}`);
      figures = withTrial(figures, number, trial, options.revision);
      const now = performance.now();
      if (now - written > writeEvery || trial.failures.length > 0) {
        await writeFigures(options.folder, withSession());
        written = performance.now();
      }
      if (now - said > sayEvery) {
        options.say(progressOf(campaign, figures, session()));
        said = now;
      }
    }
  });
  figures = withSession();
  await writeFigures(options.folder, figures);
  return figures;
}

/** Tries the cases again that have failed and have not passed since. */
export async function retry(campaign: Campaign, options: SoakOptions): Promise<Figures> {
  let figures: Figures = await readFigures(figuresPath(options.folder, campaign.name));
  await inFolder(campaign, options, async (tryCase) => {
    for (const { case: number } of figures.failures) {
      if (options.signal.aborted) return;
      const trial = await tryCase(number);
      options.say(`case ${number}: ${trial.failures.length === 0 ? 'passes now' : trial.failures.join('; ')}`);
      figures = withRetrial(figures, number, trial, options.revision);
      await writeFigures(options.folder, figures);
    }
  });
  return figures;
}

/** Tries some cases, whatever the figures say of them, and keeps nothing. */
export async function tryCases(
  campaign: Campaign,
  numbers: readonly number[],
  say: (line: string) => void = () => undefined,
): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  await inFolder(campaign, { say }, async (tryCase) => {
    for (const number of numbers) trials.push(await tryCase(number));
  });
  return trials;
}

type TryCase = (number: number) => Promise<Trial>;

async function inFolder(
  campaign: Campaign,
  { say }: Pick<SoakOptions, 'say'>,
  work: (tryCase: TryCase) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `atelier-soak-${campaign.name}-`));
  try {
    const trials = await campaign.start({ folder, say });
    try {
      await work((number) => trials.tryCase(number));
    } finally {
      await trials.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function progressOf({ name, unit, goal }: Campaign, { count, failures }: Figures, session: Session): string {
  const rate = session.seconds > 0 ? `, ${Math.round((session.count / session.seconds) * 60)} a minute` : '';
  const target = goal === null ? '' : ` of ${goal.toLocaleString('en')}`;
  return `${name}: ${count.toLocaleString('en')}${target} ${unit}${rate}; ${failures.length} failed`;
}
