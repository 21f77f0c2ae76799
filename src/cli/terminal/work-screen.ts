import { thousands } from '../../text/numbers.ts';
import type { WorkObserver, WorkProgress } from '../../work-observer.ts';
import type { GlobalOptions } from '../global-options.ts';
import { duration, type LivePart, liveLine } from './live-line.ts';
import { displayScreen, type Screen } from './screen.ts';
import { columnsOf, cutMiddle } from './width.ts';

/** What is shown of work beside the bar. */
type CountText = (count: number) => string;

/**
 * Runs long work under a live line that shows how far it is; without a terminal, or with --quiet, nothing is shown.
 *
 * @param countText how counts are written
 */
export async function withLiveLine<T>(
  options: Pick<GlobalOptions, 'quiet' | 'logLevel'>,
  run: (observer: WorkObserver) => Promise<T>,
  countText: CountText = thousands,
): Promise<T> {
  const screen = displayScreen(options);
  if (!screen) return run({});
  try {
    return await run({ progress: workShown(screen, countText) });
  } finally {
    screen.clear();
  }
}

/** What shows work on a screen as it goes on, with its speed. */
export function workShown(
  screen: Pick<Screen, 'show'>,
  countText: CountText = thousands,
): (progress: WorkProgress) => void {
  let current = '';
  let [started, before] = [0, 0];
  return (progress) => {
    const isNew = progress.work !== current;
    if (isNew) [current, started, before] = [progress.work, performance.now(), progress.done];
    const speed = (progress.done - before) / ((performance.now() - started) / 1000);
    // Work that does not let others run shows at least what it is.
    screen.show((columns) => workLine(progress, speed, countText, columns), isNew);
  };
}

/** Work in one line: what it is, how far, how fast, how long yet. */
export function workLine(
  { work, done, total, unit }: WorkProgress,
  speed: number,
  count: CountText,
  columns: number,
): string {
  if (total === null) {
    const after = done === 0 ? [] : [`${count(done)} ${unit}`.trimEnd()];
    return liveLine([{ before: work, share: null, after }], columns);
  }
  const counts = `${count(done).padStart(count(total).length)}/${count(total)}${unit === '' ? '' : ` ${unit}`}`;
  const isMoving = done > 0 && speed > 0;
  const rate = isMoving && speed >= 10 ? [`${count(Math.round(speed))}${unit === '' ? '' : ` ${unit}`}/s`] : [];
  const left = isMoving ? [`${duration((total - done) / speed)} left`] : [];
  const share = total === 0 ? 1 : done / total;
  const forms = [[counts, ...rate, ...left], [counts, ...left], left, []];
  const parts: readonly LivePart[] = forms.map((after) => {
    const taken = columnsOf(after.map((field) => `  ${field}`).join(''));
    return { before: shortened(work, columns - taken - shortestBar), share, after };
  });
  return liveLine(parts, columns);
}

/** Columns that a bar needs, its space included. */
const shortestBar = 8;
/** Columns of a name that still says something; shorter ones are left whole. */
const shortestName = 20;

/** The name of the work, the middle of a long path left out. */
function shortened(work: string, columns: number): string {
  return cutMiddle(work, Math.max(shortestName, columns));
}
