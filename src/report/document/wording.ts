/** Where a document is read: as plain text (Markdown, a terminal) or as a page that reacts. */
export type Medium = 'text' | 'page';

/** Words that are the same everywhere, or that a page says otherwise than plain text. */
export type Wording = string | Readonly<Record<Medium, string>>;

/** The words of one medium. */
export function worded(wording: Wording, medium: Medium): string {
  return typeof wording === 'string' ? wording : wording[medium];
}
