import { basename, dirname, resolve } from 'node:path';
import { AtelierError } from '../../errors.ts';
import { parseCsv } from '../../files/csv.ts';
import { byteLimits, readRegular } from '../../files/regular.ts';
import { oneLine } from '../../text/printable.ts';
import { type Listing, listPictures, type NamedPicture, partNamed, partNamesText } from './listing.ts';

const columns = ['path', 'label', 'split'] as const;

/**
 * The pictures of a table `path,label[,split]`: paths count from the table's folder, labels are names of classes. The first
 * row may name the columns, in any order and among others; without such a row they are the first two or three.
 *
 * @throws AtelierError where the file is no CSV or a row cannot be used, with its line; where there are no two classes
 */
export async function listCsv(path: string): Promise<Listing> {
  const file = resolve(path);
  const bytes = await readRegular(file, byteLimits.lines, 'read the table of pictures');
  const text = decodeText(bytes, path);
  checkSeparator(text, path);
  // Rows are numbered as they stand in the file, empty ones too.
  const rows = parseCsv(text, path)
    .map((cells, index) => ({ cells, place: index + 1 }))
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  const { places, first } = columnsOf(rows[0]?.cells ?? [], path);
  const folder = dirname(file);
  const known = new Map<string, number>();
  const pictures = rows.slice(first);
  const named = pictures.map(({ cells, place }): NamedPicture => {
    const refuse = (problem: string) =>
      new AtelierError(`'${path}', row ${place}: ${problem}`, { code: 'data-damaged' });
    const [name = '', className = '', split = ''] = places.map((at) =>
      at === undefined ? '' : (cells[at] ?? '').trim(),
    );
    if (name === '') throw refuse('expected the path of a picture, found none.');
    if (name.includes('\0')) throw refuse(`expected the path of a picture, found '${oneLine(name)}'.`);
    if (className === '') throw refuse(`expected the label of '${oneLine(name)}', found none.`);
    const twin = known.get(name);
    if (twin !== undefined) throw refuse(`'${oneLine(name)}' is named in row ${twin} already. Leave one out.`);
    known.set(name, place);
    const part = split === '' ? undefined : partNamed(split);
    if (split !== '' && part === undefined)
      throw refuse(`expected a split of ${partNamesText}, found '${oneLine(split)}'.`);
    return { name, path: resolve(folder, name), className, part: part ?? null };
  });
  const undivided = named.findIndex(({ part }) => part === null);
  if (undivided >= 0 && named.some(({ part }) => part !== null))
    throw new AtelierError(
      `'${path}', row ${pictures[undivided]?.place}: its split is empty, while others have one. Fill in all of them, or none.`,
      { code: 'data-damaged' },
    );
  return listPictures({ kind: 'csv', path: file, title: basename(file), leftOut: [] }, named);
}

/** Spreadsheets of some languages write other characters between cells. Throws AtelierError for such a table. */
function checkSeparator(text: string, path: string): void {
  const [first = ''] = text.split('\n', 1);
  const found = first.includes(',') ? undefined : /[;\t]/.exec(first)?.[0];
  if (found === undefined) return;
  const name = found === ';' ? 'semicolons' : 'tabs';
  throw new AtelierError(
    `'${path}': expected cells with commas between them, found ${name}. Save the table with commas between its cells.`,
    { code: 'data-damaged' },
  );
}

/** UTF-8, with or without a byte-order mark. */
function decodeText(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AtelierError(`'${path}' is no text in UTF-8. Save it as "CSV UTF-8".`, { code: 'data-damaged', cause });
  }
}

/** Where each column stands, and the first row of values. */
function columnsOf(
  head: readonly string[],
  path: string,
): { readonly places: readonly (number | undefined)[]; readonly first: number } {
  const names = head.map((cell) => cell.trim().toLowerCase());
  const places = columns.map((name) => (names.includes(name) ? names.indexOf(name) : undefined));
  const [pathAt, labelAt] = places;
  if (pathAt !== undefined && labelAt !== undefined) return { places, first: 1 };
  if (pathAt !== undefined || labelAt !== undefined || head.length < 2 || head.length > 3)
    throw new AtelierError(
      `'${path}': expected the columns path, label and perhaps split in its first row, found ${oneLine(head.join(', ')) || 'nothing'}.`,
      { code: 'data-damaged' },
    );
  return { places: [0, 1, head.length > 2 ? 2 : undefined], first: 0 };
}
