import { type Child, html } from '../markup.ts';
import type { PageContext } from '../page-context.ts';
import { table } from '../parts.ts';

/** What the runs were computed with. */
export function environment({ report }: PageContext): Child {
  const header = ['', ...report.runs.map(({ label }) => label)];
  const rows = report.environment.map(({ name, values }) => [name, ...values]);
  return table({ header, rows }, { textColumns: header.length, label: 'Environment of all runs' });
}

/** The commands that make all of it again. */
export function reproduction({ report }: PageContext): Child {
  return report.reproduce.map(
    ({ purpose, commands }) => html`<p>${purpose}:</p><pre tabindex="0"><code>${commands.join('\n')}</code></pre>`,
  );
}
