import type { Screen } from './screen.ts';
import { columnsOf, continued, cutMiddle, padded, wrapped } from './width.ts';

/** A line of a header or a summary. Paths may lose their middle, commands are broken as a shell reads on. */
export interface Fact {
  readonly name: string;
  readonly text: string;
  readonly kind?: 'text' | 'path' | 'command';
}

const indent = 2;

/** Facts below each other, their names aligned, no line wider than the screen. */
export function factLines(facts: readonly Fact[], screen: Pick<Screen, 'columns' | 'styled'>): readonly string[] {
  const name = Math.max(...facts.map((fact) => columnsOf(fact.name)));
  const columns = Math.max(1, screen.columns - indent - name - 2);
  return facts.flatMap(({ name: label, text, kind = 'text' }) =>
    formOf(kind)(text, columns).map((line, i) => {
      const heading = padded(i === 0 ? label : '', name, 'left');
      return `${' '.repeat(indent)}${screen.styled('dim', heading)}  ${line}`.trimEnd();
    }),
  );
}

function formOf(kind: NonNullable<Fact['kind']>): (text: string, columns: number) => readonly string[] {
  if (kind === 'path') return (text, columns) => [cutMiddle(text, columns)];
  return kind === 'command' ? continued : (text, columns) => wrapped(text, columns, 0);
}
