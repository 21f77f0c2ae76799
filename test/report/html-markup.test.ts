import { describe, expect, it } from 'vitest';
import { dataUrl, html, jsonScript, prose, verbatim } from '../../src/report/html/markup.ts';

describe('html', () => {
  it('escapes text, keeps markup, joins lists and drops nothing', () => {
    const inner = html`<b>${'a < b & "c"'}</b>`;
    expect(html`<p title="${`it's`}">${[inner, 1, ['x', null]]}${undefined}</p>`.text).toBe(
      '<p title="it&#39;s"><b>a &lt; b &amp; &quot;c&quot;</b>1x</p>',
    );
    expect(html`${verbatim('<br>')}`.text).toBe('<br>');
  });
});

describe('jsonScript', () => {
  it('cannot end the element that it stands in, and is still JSON', () => {
    const value = { text: '</script><!-- <script>' };
    const { text } = jsonScript(value);
    expect(text).not.toContain('<');
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe('prose', () => {
  it.each([
    ['0.5 -> 0.4, -1.5 points (-2 to -1)', '0.5 → 0.4, −1.5 points (−2 to −1)'],
    ['"across all classes", the report\'s own', '“across all classes”, the report’s own'],
    ['rate 1e-8, rows 0-63, Ankle-boot', 'rate 1e-8, rows 0-63, Ankle-boot'],
  ])('sets %s', (text, set) => {
    expect(prose(text)).toBe(set);
  });
});

describe('dataUrl', () => {
  it('holds the bytes of a view, not those of its whole buffer', () => {
    const bytes = new Uint8Array([9, 1, 2, 3]).subarray(1);
    expect(dataUrl(bytes)).toBe('data:image/png;base64,AQID');
  });
});
