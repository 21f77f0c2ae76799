import { expect, it } from 'vitest';
import { pagesOf } from '../../soak/pages.ts';
import { tryCases } from '../../soak/run.ts';
import { skipWithoutChromium } from '../chromium.ts';

it('hostile names are texts on pages, and words of commands', async (context) => {
  skipWithoutChromium(context);
  // A case whose names broke all of them once: charts, widths, Markdown.
  const [trial] = await tryCases(
    pagesOf((name) => ['report.html', 'report.md', 'README.md 1'].includes(name)),
    [3],
  );
  expect(trial).toMatchObject({ count: 3, failures: [] });
});
