import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listCsv } from '../../../src/data/own/list-csv.ts';
import { folderOf } from './picture-folder.ts';

const listed = async (text: string) => {
  const folder = folderOf({ 'table.csv': text });
  const { pictures, classes } = await listCsv(join(folder, 'table.csv'));
  return {
    classes,
    rows: pictures.map(({ name, path, label, part }) => [name, path.replace(folder, ''), label, part]),
  };
};

describe('a table of pictures', () => {
  it('names them by paths from its folder, with their classes', async () => {
    const { classes, rows } = await listed('path,label\npictures/1.png,dog\n"a, b.png",cat\n');
    expect(classes).toEqual(['cat', 'dog']);
    expect(rows).toEqual([
      ['a, b.png', '/a, b.png', 0, null],
      ['pictures/1.png', '/pictures/1.png', 1, null],
    ]);
  });

  it('may come from a spreadsheet: with a mark before it, CRLF, quotes, other columns and empty lines', async () => {
    const { classes, rows } = await listed(
      '\ufeffLabel,"Path",when,split\r\n"say ""hi""",1.png,today,train\r\n\r\nno,2.png,,VAL\r\nno,3.png,,train\r\n',
    );
    expect(classes).toEqual(['no', 'say "hi"']);
    expect(rows.map(([name, , label, part]) => [name, label, part])).toEqual([
      ['1.png', 1, 'train'],
      ['2.png', 0, 'validation'],
      ['3.png', 0, 'train'],
    ]);
  });

  it('may do without a row of names; labels that are numbers are in their order', async () => {
    const { classes, rows } = await listed('a.png,10\nb.png,9\nc.png,2');
    expect(classes).toEqual(['2', '9', '10']);
    expect(rows.map(([name, , label]) => [name, label])).toEqual([
      ['a.png', 2],
      ['b.png', 1],
      ['c.png', 0],
    ]);
  });

  it.each([
    ['an open quote', 'path,label\n"a.png,b\n', 'row 2, cell 1'],
    ['an empty label', 'path,label\na.png,\n', "row 2: expected the label of 'a.png'"],
    ['no label', 'path,label\na.png\n', 'expected the label'],
    [
      'an unknown split',
      'path,label,split\na.png,x,middle\n',
      "row 2: expected a split of train, val, valid, validation, test, found 'middle'",
    ],
    ['a split here and none there', 'path,label,split\na.png,x,train\nb.png,y,\n', 'row 3: its split is empty'],
    ['a path twice', 'path,label\na.png,x\na.png,y\n', "row 3: 'a.png' is named in row 2 already"],
    ['other columns', 'file,class,x,y\n', 'expected the columns path, label'],
    ['one class', 'path,label\na.png,x\nb.png,x\n', 'of one class'],
    ['nothing', '', 'found nothing'],
    ['names of columns alone', 'path,label\n', 'names no pictures. Expected a row for each: path,label'],
    ['semicolons', 'path;label\na.png;x\n', 'Save the table with commas between its cells'],
    ['semicolons and quotes', 'path;label\n"a.png";x\n', 'Save the table with commas between its cells'],
    ['an empty label after an empty line', 'path,label\n\na.png,x\nb.png,\n', "row 4: expected the label of 'b.png'"],
    ['a path that no file can have', 'path,label\na\0.png,x\n', 'row 2: expected the path of a picture, found'],
  ])('with %s is refused by the row', async (_, text, reason) => {
    await expect(listed(text)).rejects.toThrow(reason);
  });
});
