/** Runs as a table, as CSV, and what is said of them besides. */
import { dirname } from 'node:path';
import type { ListedRun } from '../evaluation/listed-run.ts';
import { formatCsvRow } from '../files/csv.ts';
import { percent } from '../text/numbers.ts';
import { type Cell, textTable } from '../text/table.ts';
import { stateText } from '../training/run-summary.ts';

interface Column {
  readonly heading: string;
  readonly cell: (run: ListedRun) => Cell;
  /** Whether the column says something of these runs. */
  readonly isNeeded?: (runs: readonly ListedRun[]) => boolean;
}

const longestNote = 60;

const columns: readonly Column[] = [
  { heading: 'run', cell: ({ folder }) => folder },
  { heading: 'name', cell: ({ name }) => name ?? '', isNeeded: (runs) => runs.some(({ name }) => name !== null) },
  { heading: 'model', cell: ({ training }) => training?.model ?? '' },
  {
    heading: 'data',
    cell: ({ training }) => training?.data ?? '',
    isNeeded: (runs) => new Set(runs.flatMap(({ training }) => training?.data ?? [])).size > 1,
  },
  { heading: 'state', cell: ({ state }) => state },
  {
    heading: 'epochs',
    cell: ({ training }) => ({ number: training ? `${training.epochs.done}/${training.epochs.planned}` : '' }),
  },
  { heading: 'loss', cell: ({ training }) => ({ number: training?.best?.loss.toFixed(4) ?? '' }) },
  { heading: 'accuracy', cell: ({ training }) => ({ number: share(training?.best?.accuracy) }) },
  { heading: 'test', cell: ({ testAccuracy }) => ({ number: share(testAccuracy) }) },
  { heading: 'size', cell: ({ bytes }) => ({ number: sizeText(bytes) }) },
  {
    heading: 'tags',
    cell: ({ tags }) => tags.join(', '),
    isNeeded: (runs) => runs.some(({ tags }) => tags.length > 0),
  },
  { heading: 'note', cell: ({ note }) => noteText(note), isNeeded: (runs) => runs.some(({ note }) => note !== null) },
];

function share(value: number | null | undefined): string {
  return typeof value === 'number' ? percent(value, 2) : '';
}

/** The beginning of a note, in one line. */
function noteText(note: string | null): string {
  const line = (note ?? '').replaceAll(/\s+/g, ' ').trim();
  return line.length <= longestNote ? line : `${line.slice(0, longestNote - 1)}…`;
}

/** Bytes as people read them: `23.4 MB`. */
export function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** `3 runs, 70.2 MB`. */
export function countText(runs: readonly ListedRun[]): string {
  const bytes = runs.reduce((sum, run) => sum + run.bytes, 0);
  return `${runs.length} run${runs.length === 1 ? '' : 's'}, ${sizeText(bytes)}`;
}

/** The table, what is wrong with runs that something is wrong with, and how many they are. */
export function runTable(runs: readonly ListedRun[]): string {
  const parents = new Set(runs.map(({ path }) => dirname(path)));
  // Names alone would not say which of several folders is meant.
  const named = parents.size > 1 ? runs.map((run) => ({ ...run, folder: run.path })) : runs;
  const needed = columns.filter(({ isNeeded }) => isNeeded?.(runs) ?? true);
  const rows = named.map((run) => needed.map(({ cell }) => cell(run)));
  const problems = runs.filter(({ problem }) => problem !== null).map((run) => `${run.path} ${stateText(run)}`);
  const [parent = '.'] = parents;
  const table = textTable(
    needed.map(({ heading }) => heading),
    rows,
  );
  const where = parents.size === 1 && parent !== '.' ? ` in ${parent}` : '';
  return [table, '', ...problems, ...(problems.length > 0 ? [''] : []), `${countText(runs)}${where}`].join('\n');
}

/** Every value of every run: RFC 4180, with a header; several tags with semicolons between them. */
export function runCsv(runs: readonly ListedRun[]): string {
  const rows = runs.map(({ path, folder, name, tags, note, state, problem, bytes, testAccuracy, training }) => ({
    path,
    run: folder,
    name: name ?? '',
    tags: tags.join(';'),
    note: note ?? '',
    state,
    problem: problem ?? '',
    model: training?.model ?? '',
    data: training?.data ?? '',
    seed: training?.seed ?? '',
    created: training?.created ?? '',
    epochs: training?.epochs.done ?? '',
    planned_epochs: training?.epochs.planned ?? '',
    best_epoch: training?.best?.epoch ?? '',
    loss: training?.best?.loss ?? '',
    accuracy: training?.best?.accuracy ?? '',
    test_accuracy: testAccuracy ?? '',
    bytes,
  }));
  const [first] = rows;
  const header = formatCsvRow(first ? Object.keys(first) : []);
  return (header + rows.map((row) => formatCsvRow(Object.values(row))).join('')).trimEnd();
}
