import { isAbsolute, relative, sep } from 'node:path';

/** A path as messages show it: from the working folder for what lies in there. */
export function shownPath(path: string): string {
  const from = relative(process.cwd(), path);
  return isAbsolute(from) || from.startsWith('..') ? path : `.${sep}${from}`;
}
