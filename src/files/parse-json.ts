import { AtelierError } from '../errors.ts';

/** Deeper than anything that we write; what goes on for ever would end in a stack that overflows. */
const deepest = 100;

/** What opens and closes strings, objects and lists, outside of strings. */
const sign = /["{}[\]]/g;
/** What makes a string a key. */
const colon = /\s*:/y;

/**
 * The value of a JSON text. Stricter than JSON.parse, which of two values of one key drops the first without a word.
 *
 * @throws SyntaxError where it is not JSON; AtelierError where a key stands twice in an object, or it is nested too deep
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const open: (Set<string> | null)[] = [];
  let from = 0;
  for (let at = next(sign, text, from); at !== undefined; at = next(sign, text, from)) {
    const found = text[at];
    from = at + 1;
    if (found === '}' || found === ']') open.pop();
    else if (found !== '"') {
      open.push(found === '{' ? new Set() : null);
      if (open.length > deepest) throw damaged(`it is nested deeper than ${deepest} objects and lists`);
    } else {
      from = endOfString(text, at) + 1;
      if (next(colon, text, from) !== undefined) addKey(open.at(-1), text.slice(at, from));
    }
  }
  return value;
}

/** Where a pattern is found from a place on. */
function next(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index;
}

/** The place of the quote that ends a string; no pattern, as one of ours overflows the stack on strings of megabytes. */
function endOfString(text: string, begin: number): number {
  for (let end = text.indexOf('"', begin + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

/** @param written the key as it stands, quotes included */
function addKey(keys: Set<string> | null | undefined, written: string): void {
  const key = written.includes('\\') ? String(JSON.parse(written)) : written.slice(1, -1);
  if (keys?.has(key))
    throw damaged(`the key ${JSON.stringify(key)} stands twice in one object: which value is meant cannot be told`);
  keys?.add(key);
}

function damaged(found: string): AtelierError {
  return new AtelierError(found, { code: 'file-damaged' });
}
