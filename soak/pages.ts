import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { type Browser, chromium } from 'playwright-core';
import { oneLine } from '../src/text/printable.ts';
import { launchOptions } from '../test/chromium.ts';
import type { Campaign, Trial } from './campaign.ts';
import { Dice } from './mutations/dice.ts';
import { look, type Seen, type Served } from './pages/browser.ts';
import { makePages, type Names, namesOf, type Pages, tameNames, trainTame } from './pages/stage.ts';

/** Reports, model cards and exported pages of models, runs, classes and data with hostile names. */
export const pages: Campaign = pagesOf(() => true);

/** The same of some pages: those whose names are wanted. */
export function pagesOf(isWanted: (page: string) => boolean): Campaign {
  const servedOf = (made: Pages) => allServed(made).filter(([name]) => isWanted(name));
  return {
    name: 'pages',
    promise:
      'whatever names are, pages show them as text: nothing runs, nothing is fetched, nothing overflows, commands can be pasted',
    unit: 'pages',
    goal: 5_000,
    start: async ({ folder, say }) => {
      say('pages: training the model whose names are changed');
      const tame = await trainTame(folder);
      const browser = await chromium.launch(launchOptions);
      const make = async (number: number, names: Names) => {
        const place = join(folder, `case-${number}`);
        await mkdir(place);
        return makePages(place, tame, names).finally(() => rm(place, { recursive: true, force: true }));
      };
      const usual = new Map<string, Seen>();
      for (const [name, served] of servedOf(await make(0, tameNames))) usual.set(name, await look(browser, served));
      return {
        tryCase: async (number): Promise<Trial> => {
          const names = namesOf(new Dice('pages', number));
          const made = await make(number + 1, names);
          const failures = await faultsOf(browser, servedOf(made), names, usual);
          failures.push(...(await wrongCommands(made, names, folder)));
          return { count: servedOf(made).length, tallies: { 'commands pasted': made.commands.length }, failures };
        },
        close: async () => browser.close(),
      };
    },
  };
}

/** The pages of a case, each as a browser gets it. */
function allServed({ page, markdown, cards, web }: Pages): readonly (readonly [name: string, page: Served])[] {
  const single = (html: string): Served => ({
    files: new Map([['/index.html', html]]),
    start: '/index.html',
    ready: 'body',
  });
  return [
    ['report.html', { ...single(page), ready: '.chart svg' }],
    ['report.md', single(rendered(markdown))],
    ...cards.map((card, index) => [`README.md ${index + 1}`, single(rendered(card))] as const),
    [
      'exported page',
      {
        files: new Map([...web].map(([path, body]) => [`/${path}`, body])),
        start: '/index.html',
        ready: '#bars tr.top',
      },
    ],
  ];
}

/** As a site would show it that trusts its authors: what the text lets through counts, not what a site takes out. */
function rendered(markdown: string): string {
  const body = micromark(markdown, {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    allowDangerousHtml: true,
    allowDangerousProtocol: true,
  });
  const style = 'body { overflow-wrap: anywhere } pre, table { overflow: auto; display: block }';
  return `<!doctype html><html><head><meta charset="utf-8"><link rel="icon" href="data:,"><style>${style}</style></head><body>${body}</body></html>`;
}

async function faultsOf(
  browser: Browser,
  served: readonly (readonly [name: string, page: Served])[],
  names: Names,
  usual: ReadonlyMap<string, Seen>,
): Promise<string[]> {
  const failures: string[] = [];
  for (const [name, page] of served) {
    const seen = await look(browser, page);
    failures.push(...seen.faults.map((fault) => `${name}: ${fault}`));
    const { active = {} } = usual.get(name) ?? {};
    if (!isDeepStrictEqual(seen.active, active))
      failures.push(`${name}: expected ${JSON.stringify(active)}, found ${JSON.stringify(seen.active)}`);
    const text = folded(seen.text);
    for (const shown of shownOn(name, names))
      if (!text.includes(folded(shown))) failures.push(`${name}: ${JSON.stringify(shown)} is not on it`);
  }
  return failures;
}

/** The names that a page is to show. */
function shownOn(page: string, { classes, title, data, folders, holder, citation }: Names): readonly string[] {
  const [first] = folders;
  if (page.startsWith('report')) return [...classes, data];
  if (page.startsWith('README')) return [...classes, title, data, first, holder, citation];
  return [...classes, title, data, first];
}

/** Texts that differ in what printers and browsers change of any text: blanks, quotes, signs that are shown as escapes. */
function folded(text: string): string {
  return oneLine(text.replaceAll(/\s+/g, ' '))
    .replaceAll(/\\[nrt]/g, ' ')
    .replaceAll(/[“”"]/g, '"')
    .replaceAll(/[’']/g, "'")
    .replaceAll('−', '-')
    .replaceAll('→', '->')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

const run = promisify(execFile);

/** Pastes the commands of a report into a shell whose `npx` only says what it was given. */
async function wrongCommands(
  { commands, paths }: Pages,
  { initFrom }: Names,
  folder: string,
): Promise<readonly string[]> {
  const given: string[][] = [];
  for (const command of commands.filter((one) => one.startsWith('npx '))) {
    const script = `npx() { printf '%s\\0' "$@"; }\n${command}\n`;
    const { stdout, stderr } = await run('bash', ['--norc', '-c', script], { cwd: folder }).catch((error) => ({
      stdout: '',
      stderr: String(error),
    }));
    if (stderr !== '') return [`a command that a shell does not take: ${command}: ${stderr.slice(0, 300)}`];
    given.push(stdout.split('\0').slice(0, -1));
  }
  const again = paths.map((path) => `${path}-again`);
  const expected = [
    ...paths.map((path, index) => [
      'train',
      'tiny',
      `${path}/config.json`,
      `${path}-again`,
      ...(index === 0 ? [initFrom] : []),
    ]),
    ...['evaluate', 'compare', 'report'].map((command) => [command, ...again]),
  ];
  return expected.flatMap((words, index) => {
    const found = given[index] ?? [];
    const lacking = words.filter((word) => !found.includes(word));
    return lacking.length === 0 ? [] : [`the command ${JSON.stringify(found)} lacks ${JSON.stringify(lacking)}`];
  });
}
