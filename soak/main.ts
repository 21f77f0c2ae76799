/** `make soak`: see the text of --help below. */
import { parseArgs } from 'node:util';
import { messageOf } from '../src/errors.ts';
import { ensureDirectory } from '../src/files/atomic.ts';
import { gitRevision } from '../src/training/environment.ts';
import type { Campaign } from './campaign.ts';
import { campaigns } from './campaigns.ts';
import { figuresPath, readFigures } from './figures.ts';
import { goOn, retry, tryCases } from './run.ts';
import { figureTable } from './table.ts';

const help = `Campaigns that try what the project promises, too long for its tests: each goes on where it stood and adds to its figures.

usage: npm run soak -- [CAMPAIGN...] [options]

CAMPAIGN  all without one:
${campaigns.map(({ name, promise }) => `  ${name.padEnd(10)} ${promise}`).join('\n')}

options
  --minutes N     time for each (10)
  --figures DIR   where the figure files are (artifacts/soak)
  --case N        tries this case of one campaign alone and keeps no figures; its failures are printed
  --retry         tries the cases again that have failed and not passed since
  --table         prints the table of all figures and tries nothing

examples
  npm run soak -- kills --minutes 25
  npm run soak -- mutations --case 4711
`;

/** What somebody typed cannot be done. */
class WrongUsage extends Error {}

const out = (text: string) => process.stdout.write(`${text}\n`);
const say = (line: string) => process.stderr.write(`${line}\n`);

async function main(): Promise<number> {
  const { values, positionals } = read();
  if (values.help) {
    out(help);
    return 0;
  }
  const folder = values.figures;
  if (values.table) {
    out(await figureTable(folder));
    return 0;
  }
  const chosen = positionals.length === 0 ? campaigns : positionals.map(campaignOf);
  if (values.case !== undefined) return tryOne(chosen, wholeNumber('--case', values.case));
  await ensureDirectory(folder);
  const options = {
    folder,
    minutes: positiveNumber('--minutes', values.minutes),
    revision: await gitRevision(),
    signal: stopped(),
    say,
  };
  for (const campaign of chosen) {
    if (options.signal.aborted) break;
    say(`${campaign.name}: ${campaign.promise}`);
    await (values.retry ? retry(campaign, options) : goOn(campaign, options));
  }
  out(await figureTable(folder));
  const figures = await Promise.all(chosen.map(({ name }) => readFigures(figuresPath(folder, name)).catch(() => null)));
  return figures.every((one) => one === null || one.failures.length === 0) ? 0 : 1;
}

function read() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        minutes: { type: 'string', default: '10' },
        figures: { type: 'string', default: 'artifacts/soak' },
        case: { type: 'string' },
        retry: { type: 'boolean', default: false },
        table: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new WrongUsage(messageOf(error));
  }
}

async function tryOne(chosen: readonly Campaign[], number: number): Promise<number> {
  const [campaign, ...others] = chosen;
  if (campaign === undefined || others.length > 0) throw new WrongUsage('--case: name one campaign');
  const [trial] = await tryCases(campaign, [number], say);
  out(JSON.stringify(trial, undefined, 2));
  return trial?.failures.length === 0 ? 0 : 1;
}

function campaignOf(name: string): Campaign {
  const found = campaigns.find((campaign) => campaign.name === name);
  if (found) return found;
  throw new WrongUsage(
    `there is no campaign '${name}': expected one of ${campaigns.map((campaign) => campaign.name).join(', ')}`,
  );
}

function positiveNumber(option: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new WrongUsage(`${option}: expected a number over 0, got '${text}'`);
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new WrongUsage(`${option}: expected a whole number from 0 on, got '${text}'`);
}

/** Ctrl-C ends a campaign after the case that is being tried; a second one ends it at once. */
function stopped(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      say('stopping after this case; once more stops at once');
      controller.abort();
    });
  return controller.signal;
}

try {
  process.exitCode = await main();
} catch (error) {
  say(
    error instanceof WrongUsage
      ? `${error.message}. See --help.`
      : error instanceof Error
        ? `${error.stack}`
        : `${error}`,
  );
  process.exitCode = error instanceof WrongUsage ? 2 : 1;
}
