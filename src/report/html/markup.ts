import { visible } from '../../text/printable.ts';

/** HTML that needs no escaping any more. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What may stand in a template: text is escaped, lists are joined, nothing is nothing. */
export type Child = Markup | string | number | null | undefined | readonly Child[];

/** Markup from a template literal. Attribute values must be in double quotes. */
export function html(parts: TemplateStringsArray, ...children: readonly Child[]): Markup {
  return new Markup(
    parts.map((part, index) => `${part}${index < children.length ? textOf(children[index]) : ''}`).join(''),
  );
}

/** Text that is HTML, CSS or script already. */
export function verbatim(text: string): Markup {
  return new Markup(text);
}

/**
 * A value as JSON inside a script element: no `<` in it can end the element.
 * https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
 */
export function jsonScript(value: unknown): Markup {
  return new Markup(JSON.stringify(value).replaceAll('<', '\\u003c'));
}

/** A file's bytes as an address that needs no file. */
export function dataUrl(bytes: Uint8Array, type = 'image/png'): string {
  return `data:${type};base64,${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}`;
}

/** Arrows, minus signs and quotes as a printer sets them; sentences and tables come with those of a keyboard. */
export function prose(text: string): string {
  return text
    .replaceAll(' -> ', ' → ')
    .replaceAll(/(?<![\w.,)-])-(?=\d)/g, '−')
    .replaceAll(/"([^"]*)"/g, '“$1”')
    .replaceAll("'", '’');
}

function textOf(child: Child): string {
  if (child === null || child === undefined) return '';
  if (child instanceof Markup) return child.text;
  if (typeof child === 'string' || typeof child === 'number') return escaped(String(child));
  return child.map(textOf).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  // Names with signs that turn the direction of text must not turn what stands beside them.
  return visible(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
