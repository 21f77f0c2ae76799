/** What somebody says a run is: a name, tags to find it by, a note. Nothing of how it is trained. */
import { UsageError } from '../../errors.ts';
import { said, setting } from '../../message.ts';
import type { RunConfig } from './run-config.ts';

/** Of a request; what is left out stays as it was recorded. */
export interface RunLabels {
  /** In the place of the folder's name in lists and reports: one line. */
  readonly name?: string | undefined;
  /** One line each. */
  readonly tags?: readonly string[] | undefined;
  readonly note?: string | undefined;
}

/** Longer ones would break every table that they stand in. */
const longest = 100;
const control = /\p{Cc}/u;

/** Throws UsageError for a label that cannot be shown. */
export function checkLabels({ name, tags = [], note }: RunLabels): void {
  if (name !== undefined) checkLine('name', name);
  for (const tag of tags) checkLine('tags', tag);
  if (note?.trim() === '') throw refused('note', note, 'a text that is not empty');
}

function checkLine(which: 'name' | 'tags', text: string): void {
  if (text.trim() === '' || text.length > longest || control.test(text))
    throw refused(which, text, `a line of 1 to ${longest} characters`);
}

function refused(which: 'name' | 'tags' | 'note', text: string, expected: string): UsageError {
  return new UsageError(said`${setting(which)}: expected ${expected}, got ${JSON.stringify(text)}`, {
    code: 'invalid-setting',
  });
}

/** The labels to record: what is asked for over what stands there. */
export function labelsOf(
  { name, tags, note }: RunLabels,
  recorded: RunConfig | undefined,
): Pick<RunConfig, 'name' | 'tags' | 'note'> {
  const labels = { name: name ?? recorded?.name, tags: tags ?? recorded?.tags, note: note ?? recorded?.note };
  return {
    ...(labels.name === undefined ? {} : { name: labels.name.trim() }),
    ...(labels.tags === undefined ? {} : { tags: [...new Set(labels.tags.map((tag) => tag.trim()))] }),
    ...(labels.note === undefined ? {} : { note: labels.note }),
  };
}
