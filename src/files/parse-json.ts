import { AtelierError } from '../errors.ts';

/** Deeper than anything that we write; what goes on for ever would end in a stack that overflows. */
const deepest = 100;

/** A string, with the colon after it where it is a key; or what opens and closes objects and lists. */
const token = /"((?:[^"\\]|\\.)*)"(\s*:)?|[{}[\]]/gs;

/**
 * The value of a JSON text. Stricter than JSON.parse, which of two values of one key drops the first without a word.
 *
 * @throws SyntaxError where it is not JSON; AtelierError where a key stands twice in an object, or it is nested too deep
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const open: (Set<string> | null)[] = [];
  for (const [sign, written = '', colon] of text.matchAll(token)) {
    if (sign === '}' || sign === ']') open.pop();
    else if (sign === '{' || sign === '[') {
      open.push(sign === '{' ? new Set() : null);
      if (open.length > deepest)
        throw damaged(`it is nested deeper than ${deepest} objects and lists. Is it the right file?`);
    } else if (colon !== undefined) {
      const key = written.includes('\\') ? String(JSON.parse(`"${written}"`)) : written;
      const keys = open.at(-1);
      if (keys?.has(key))
        throw damaged(`the key ${JSON.stringify(key)} stands twice in one object: which value is meant cannot be told`);
      keys?.add(key);
    }
  }
  return value;
}

function damaged(found: string): AtelierError {
  return new AtelierError(found, { code: 'file-damaged' });
}
