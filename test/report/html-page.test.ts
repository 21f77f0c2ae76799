import { beforeAll, describe, expect, it } from 'vitest';
import { reportDocument } from '../../src/report/document/report-document.ts';
import { documentPage } from '../../src/report/html/page.ts';
import { workFolder } from '../cli/folders.ts';
import { fakes, pageOf, type SampleReport, sampleReport, writeWholeRuns } from './html-sample.ts';

/** All matches' first group. */
const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = '']) => found);

/** The page's own markup: without scripts and styles. */
const markupOf = (page: string) => page.replaceAll(/<(script|style)\b[^>]*>.*?<\/\1>/gs, '');

/** The letters of a picture's bytes may come to any word. */
const withoutBytes = (text: string) => text.replaceAll(/"data:[^"]*"/g, '""');

const ids = [
  'summary',
  'data',
  'training',
  'results',
  'layers',
  'mistakes',
  'comparison',
  'original',
  'claims',
  'environment',
  'reproduce',
];

const work = workFolder();

describe('documentPage', () => {
  let sample: SampleReport;
  let page: string;
  let markup: string;

  beforeAll(async () => {
    sample = await sampleReport(await writeWholeRuns(work));
    page = await pageOf(sample);
    markup = markupOf(page);
  });

  it('needs no other file', () => {
    const addresses = all(markup, /\s(?:src|href|srcset|poster|action)="([^"]*)"/g);
    expect(addresses.filter((address) => !/^(data:|#)/.test(address))).toEqual([]);
    const style = all(page, /<style>(.*?)<\/style>/gs).join('');
    expect(style).not.toMatch(/@import|url\(/);
    expect(Buffer.byteLength(page)).toBeLessThan(8e6);
  });

  it('has every section, in the contents too, and one heading after the other', () => {
    expect(all(markup, /<(?:section|header)[^>]* id="([^"]*)"/g)).toEqual(ids);
    expect(all(markup, /<li><a href="#([^"]*)"/g)).toEqual(ids);
    const levels = all(markup, /<h([1-6])/g).map(Number);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    // The contents come before the title.
    for (const [index, level] of levels.slice(2).entries()) {
      expect(level - (levels[index + 1] ?? 0), `heading ${index}`).toBeLessThanOrEqual(1);
    }
    const used = all(markup, /\sid="([^"]*)"/g);
    expect(new Set(used).size).toBe(used.length);
  });

  it('numbers figures and tables as the original does', () => {
    const numbers = all(markup, /<figcaption><b>Fig\. (\d+)\.<\/b>/g).map(Number);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
    const caption = (number: number) => new RegExp(`<b>Fig\\. ${number}\\.</b> ([^<]*)`).exec(markup)?.[1] ?? '';
    expect(caption(1)).toContain('Sample images');
    expect(caption(3)).toContain('Model 2: loss and accuracy');
    expect(caption(4)).toContain('Classification report of Model 1');
    expect(caption(7)).toContain('Confusion matrix of Model 2');
    expect(caption(8)).toContain('Model 1: the first and second convolution');
    expect(caption(11)).toContain('Model 2: stage 3');
    expect(all(markup, /<b>(Table \d+)\.<\/b>/g)).toEqual(['Table 1', 'Table 2', 'Table 3']);
  });

  it('says in words what each picture, chart, table and switch is', () => {
    expect(all(markup, /(<img\b(?![^>]*\salt=)[^>]*>)/g)).toEqual([]);
    expect(all(markup, /<div class="chart"[^>]*role="img" aria-label="([^"]+)"/g)).toHaveLength(
      all(markup, /(<div class="chart")/g).length,
    );
    expect(all(markup, /(<table>)/g)).toEqual([]);
    expect(all(markup, /<fieldset[^>]*>(?!<legend>)(.)/g)).toEqual([]);
    expect(withoutBytes(markup)).not.toMatch(/NaN|undefined|\[object/);
  });

  it('holds the numbers of every chart, and only charts that it shows', () => {
    const charts: unknown = JSON.parse(
      all(page, /<script type="application\/json" id="charts">(.*?)<\/script>/gs)[0] ?? '',
    );
    expect(Object.keys(charts ?? {}).sort()).toEqual(all(markup, /data-chart="([^"]*)"/g).sort());
  });

  it('tells how far it is written, and lets others have their turn', async () => {
    const told: (readonly [number, number])[] = [];
    let turns = 0;
    const count = () => {
      turns += 1;
      if (told.length < ids.length - 1) setImmediate(count);
    };
    setImmediate(count);
    await documentPage(reportDocument(sample), sample, (...counts) => told.push(counts));
    // All but the summary are sections.
    expect(told).toEqual(Array.from({ length: ids.length - 1 }, (_, done) => [done, ids.length - 1]));
    expect(turns).toBeGreaterThanOrEqual(ids.length - 2);
  });

  it('escapes what comes from outside', async () => {
    const [first, ...others] = sample.report.runs;
    if (first === undefined) throw new Error('a report without runs');
    const evil = { ...first, label: '<script>alert(1)</script>', lacking: 'a "b" & <i>' };
    const text = await pageOf({ ...sample, report: { ...sample.report, runs: [evil, ...others] } });
    expect(text).not.toContain('<script>alert');
    expect(text).toContain('a &quot;b&quot; &amp; &lt;i&gt;');
  });

  it('leaves out what a single run without history and checkpoint cannot show', async () => {
    const base = fakes['base'];
    if (base === undefined) throw new Error('no such run');
    const { history: _, ...lone } = base;
    const one = await sampleReport(await writeWholeRuns(work, { lone }));
    const text = markupOf(await pageOf({ ...one, sheets: new Map() }));
    expect(all(text, /<(?:section|header)[^>]* id="([^"]*)"/g)).toEqual(
      ids.filter((id) => !['layers', 'comparison', 'original', 'claims'].includes(id)),
    );
    expect(text).toContain('has no history');
    expect(text).not.toContain('name="run"');
    expect(withoutBytes(text)).not.toMatch(/NaN|undefined|\[object/);
  });
});
