import { UsageError } from '../../errors.ts';
import { type ListedRun, listedRun } from '../../evaluation/listed-run.ts';
import { orFailure } from '../../failures.ts';
import { call, said, wordedFor } from '../../message.ts';
import { exists, listRuns, RunFolder, runsDirectory } from '../../training/run-folder.ts';
import { removeRun, stateText } from '../../training/run-summary.ts';
import { type CommandContext, type CommandResult, command, type Values } from '../command.ts';
import { Failures } from '../failures.ts';
import type { Arguments, Options } from '../options.ts';
import { fieldNames, fieldTexts, filterOf, isFieldName, sorted } from '../run-fields.ts';
import { countText, runCsv, runTable, sizeText } from '../run-table.ts';

const args = {
  run: { many: true, default: runsDirectory, description: 'Run folders; all of a folder of runs' },
} as const satisfies Arguments;

const options = {
  sort: { type: 'choice', choices: fieldNames, default: 'created', value: 'FIELD', description: 'In which order' },
  reverse: { type: 'switch', default: false, description: 'The other way round' },
  filter: {
    type: 'text',
    many: true,
    value: 'CONDITION',
    description: 'Only runs that meet it: state=stopped,diverged, run=m1-*, loss<0.3; may be repeated',
  },
  csv: { type: 'switch', default: false, description: 'Every value as CSV' },
  paths: { type: 'switch', default: false, description: 'Paths alone, for other commands; says which are left out' },
  remove: { type: 'switch', default: false, description: 'Delete the runs that are named or meet the conditions' },
  yes: { type: 'switch', default: false, alias: 'y', description: 'Do so without asking' },
} as const satisfies Options;

type RunsValues = Values<typeof args, typeof options>;

export const runs = command({
  arguments: args,
  options,
  examples: ({ models: [one] }) => [
    ['runs', 'all runs, the newest first'],
    [`runs --filter model=${one} --sort loss`, 'those of one model, the best first'],
    ['runs --filter state=finished --csv > runs.csv', 'for a spreadsheet'],
    ['runs --filter state=diverged --remove', 'shows them, asks, and deletes them'],
  ],
  appendix: () => {
    const width = Math.max(...fieldNames.map((name) => name.length)) + 2;
    return { heading: 'Fields', lines: fieldTexts.map(([name, text]) => `${name.padEnd(width)}${text}`) };
  },
  run: async (values, context) => {
    if (values.csv && values.paths) throw excluding('--csv', '--paths');
    const conditions = (values.filter ?? []).map(filterOf);
    const paths = await pathsOf(values.run);
    if (paths.length === 0) return nothing(context);
    const failures = new Failures(paths.length, 'runs', context);
    const found: ListedRun[] = [];
    for (const path of paths) {
      const run = await orFailure(path, failures.onFailure, () => listedRun(path));
      if (run) found.push(run);
    }
    const chosen = found.filter((run) => conditions.every((isMet) => isMet(run)));
    const sort = isFieldName(values.sort) ? values.sort : 'created';
    const inOrder = sorted(chosen, sort, values.reverse);
    if (values.remove) return failures.with(await remove(inOrder, values, context));
    if (values.paths) tellLeftOut(found, chosen, context);
    return failures.with({ text: textOf(inOrder, values), json: inOrder });
  },
});

function textOf(chosen: readonly ListedRun[], { csv, paths }: RunsValues): string {
  if (csv) return runCsv(chosen);
  if (paths) return chosen.map(({ path }) => path).join('\n');
  return chosen.length === 0 ? 'no run meets the conditions' : runTable(chosen);
}

/** Run folders as they are, and all run folders of a folder that is none itself. */
async function pathsOf(named: readonly string[]): Promise<readonly string[]> {
  const places = named.length === 0 ? [runsDirectory] : named;
  const paths = await Promise.all(
    places.map(async (path) => {
      if (await exists(new RunFolder(path).config)) return [path];
      const below = (await listRuns(path)).map((run) => run.path);
      // What holds no run at all is named later, as a run that there is not.
      return below.length === 0 && named.length > 0 ? [path] : below;
    }),
  );
  return [...new Set(paths.flat())];
}

function nothing({ logger, wording }: CommandContext): CommandResult {
  logger.info(wordedFor(said`there are no runs in ${runsDirectory}. Train one first: ${call('train')}`, wording));
  return { text: '', json: [] };
}

/** Whoever hands the paths on shall know what is not among them. */
function tellLeftOut(
  found: readonly ListedRun[],
  chosen: readonly ListedRun[],
  { logger }: Pick<CommandContext, 'logger'>,
): void {
  for (const run of found.filter((one) => !chosen.includes(one)))
    logger.warn({ run: run.path, state: run.state }, `left out: ${run.path} (${stateText(run)})`);
}

async function remove(
  chosen: readonly ListedRun[],
  { run: named, filter, csv, paths, yes }: RunsValues,
  context: CommandContext,
): Promise<CommandResult> {
  if (csv || paths) throw excluding('--remove', csv ? '--csv' : '--paths');
  if (named.length === 0 && filter === undefined)
    throw new UsageError('--remove: name runs, or give --filter. To delete all runs: --filter run=* --remove', {
      code: 'invalid-command-line',
    });
  if (chosen.length === 0) return { text: 'no run meets the conditions', json: { removed: [], bytes: 0 } };
  if (!yes && !(await isConfirmed(chosen))) return { text: 'nothing was removed', json: { removed: [], bytes: 0 } };
  const failures = new Failures(chosen.length, 'runs', context);
  const removed: ListedRun[] = [];
  for (const run of chosen) {
    await orFailure(run.path, failures.onFailure, async () => {
      await removeRun(run.path);
      removed.push(run);
    });
  }
  const bytes = removed.reduce((sum, run) => sum + run.bytes, 0);
  const text = [...removed.map(({ path }) => `removed ${path}`), `${sizeText(bytes)} freed`].join('\n');
  return failures.with({ text, json: { removed: removed.map(({ path }) => path), bytes } });
}

/** Asks at the terminal. Throws UsageError where there is none. */
async function isConfirmed(chosen: readonly ListedRun[]): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new UsageError(
      `--remove would delete ${countText(chosen)}: ${chosen.map(({ path }) => path).join(', ')}. There is no terminal to ask at: give --yes.`,
      { code: 'invalid-command-line' },
    );
  process.stderr.write(`${runTable(chosen)}\n\n`);
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question('Delete them? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}

function excluding(one: string, other: string): UsageError {
  return new UsageError(`${one} and ${other} exclude each other: choose one`, { code: 'settings-exclude-each-other' });
}
