import { describe, expect, it } from 'vitest';
import {
  type Block,
  type Document,
  heading,
  list,
  only,
  paragraph,
  table,
} from '../../src/report/document/document.ts';
import { documentPage } from '../../src/report/html/page.ts';
import { markdownText } from '../../src/report/printers/markdown.ts';
import { terminalText } from '../../src/report/printers/terminal.ts';

const figure = { kind: 'figure', content: null } as const;

const document: Document = {
  title: { text: 'Nets & co', page: 'Networks & company' },
  runs: ['A', 'B'],
  summary: [
    paragraph('It is "so" -> good'),
    {
      kind: 'cards',
      cards: [{ run: 0, title: 'A', subtitle: 'small', value: '90 %', unit: 'right', facts: [['macro F1', '0.9']] }],
    },
  ],
  sections: [
    {
      id: 'one',
      title: 'One',
      blocks: [
        { kind: 'warning', text: 'mind the *gap*' },
        { kind: 'warning', lead: 'A is not whole:', text: 'cut' },
        heading('Below'),
        list(['first', 'second']),
        { kind: 'list', items: [{ lead: 'x', text: 'y' }, { text: 'z' }], bare: true },
        table(
          { header: ['name', 'value'], rows: [['a|b', '1']] },
          { label: 'Values', caption: { number: 'Table 1', text: 'Values' } },
        ),
        { ...figure, caption: { number: 'Fig. 1', text: 'Nothing' }, files: [] },
        {
          ...figure,
          caption: { number: 'Fig. 2', text: 'Two' },
          files: [{ path: 'a.png' }, { path: 'b.png', text: 'more' }],
        },
        { kind: 'code', language: 'sh', lines: ['one', 'two'] },
        { kind: 'findings', statements: [{ finding: 'supported', text: 'it is' }] },
        { kind: 'fold', summary: 'Open me', blocks: [paragraph('Inside')] },
        only('page', paragraph('Page alone')),
        only('text', paragraph('Text alone')),
      ],
    },
    { id: 'two', title: 'Two', blocks: [perRun('first'), perRun('second')] },
    { id: 'three', title: 'Nobody sees this in text', blocks: [only('page', paragraph('Seen'))] },
    { id: 'four', title: 'Nobody sees this on a page', blocks: [only('text', paragraph('Read'))] },
  ],
};

function perRun(what: string): Block {
  return { kind: 'per-run', runs: [[paragraph(`${what} of A`)], [paragraph(`${what} of B`)]] };
}

describe('markdownText', () => {
  it('prints every kind of block', () => {
    expect(markdownText(document)).toBe(`# Nets & co

It is "so" -> good

- **A (small)**: 90 % right
  - macro F1: 0.9

## One

**Note:** mind the \\*gap\\*

**A is not whole:** cut

### Below

- first
- second

**x**: y${'  '}
z

**Table 1. Values**

| name | value |
|---|---:|
| a\\|b | 1 |

![Fig. 2. Two](<a.png>)

*Fig. 2. Two*

![more](<b.png>)

*more*

\`\`\`sh
one
two
\`\`\`

- **Supported**: it is.

Text alone

## Two

first of A

first of B

second of A

second of B

## Nobody sees this on a page

Read
`);
  });
});

describe('terminalText', () => {
  it('prints every kind of block', () => {
    expect(terminalText(document)).toBe(`Nets & co
=========

It is "so" -> good

A (small): 90 % right
   macro F1: 0.9

One
===

Note: mind the *gap*

A is not whole: cut

Below
-----

- first
- second

x: y
z

Table 1. Values
name  value
----  -----
a|b   1

Fig. 2. Two: a.png, b.png

  one
  two

Supported: it is.

Text alone

Two
===

first of A

first of B

second of A

second of B

Nobody sees this on a page
==========================

Read`);
  });
});

describe('documentPage', () => {
  it('prints what it shows, each run in one panel of a section', async () => {
    const page = await documentPage(document, { pictures: new Map(), shape: { width: 1, height: 1 } });
    const body = page.replaceAll(/<(script|style)\b[^>]*>.*?<\/\1>/gs, '').replace(/^.*<main>/s, '');
    expect(body).toContain('<h1>Networks &amp; company</h1>');
    expect(body).toContain('<p>It is “so” → good</p>');
    expect(body).toContain('<p class="warning"><b>A is not whole:</b> cut</p>');
    expect(body).toContain('<ul class="plain"><li>first</li><li>second</li></ul>');
    expect(body).toContain('<details><summary>Open me</summary><p>Inside</p></details>');
    expect(body).toContain('<section id="three"');
    expect(body).not.toMatch(/id="four"|Text alone|Fig\. [12]/);
    const panels = [...body.matchAll(/<div class="panel" data-of="run" data-value="(\d)">(.*?)<\/div>/gs)];
    expect(
      panels.map(([, run, text = '']) => [
        run,
        text
          .replaceAll(/<[^>]*>/g, ' ')
          .split(/\s+/)
          .join(' ')
          .trim(),
      ]),
    ).toEqual([
      ['0', 'A first of A second of A'],
      ['1', 'B first of B second of B'],
    ]);
  });
});
