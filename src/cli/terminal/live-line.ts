import { columnsOf, cutEnd } from './width.ts';

const bounds = { least: 6, most: 30 };

/** A live line: texts around a bar. */
export interface LivePart {
  readonly before: string;
  /** What is done of the work, from 0 to 1; null where nobody knows. */
  readonly share: number | null;
  readonly after: readonly string[];
}

/** The first of the forms, richest first, that leaves room for a bar; the last one without a bar where none does. */
export function liveLine(forms: readonly LivePart[], columns: number): string {
  for (const { before, share, after } of forms) {
    const text = after.map((field) => `  ${field}`).join('');
    const room = columns - columnsOf(before) - 1 - columnsOf(text);
    if (share === null ? room >= 0 : room >= bounds.least)
      return share === null ? `${before}${text}` : `${before} ${bar(share, Math.min(room, bounds.most))}${text}`;
  }
  const last = forms.at(-1);
  return last ? cutEnd([last.before, ...last.after].join('  '), columns) : '';
}

function bar(share: number, columns: number): string {
  const done = Math.round(Math.min(1, Math.max(0, share)) * columns);
  return `${'█'.repeat(done)}${'░'.repeat(columns - done)}`;
}

/** 75 -> '1:15', 3700 -> '1:01:40'. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const pad = (part: number) => String(part).padStart(2, '0');
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}
