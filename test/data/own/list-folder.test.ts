import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFolder } from '../../../src/data/own/list-folder.ts';
import { AtelierError, UsageError } from '../../../src/errors.ts';
import { folderOf } from './picture-folder.ts';

const names = (files: readonly string[]) => folderOf(Object.fromEntries(files.map((name) => [name, 'x'])));

describe('a folder of pictures', () => {
  it('has a class for each folder in it, in the order of their names, with pictures at any depth', async () => {
    const root = names(['dogs/b.JPG', 'dogs/more/a.webp', 'Cats/1.png', 'zebras/2/3/4.svg']);
    const { classes, pictures, leftOut } = await listFolder(root);
    expect(classes).toEqual(['Cats', 'dogs', 'zebras']);
    expect(pictures.map(({ name, label, part }) => [name, label, part])).toEqual([
      ['Cats/1.png', 0, null],
      ['dogs/b.JPG', 1, null],
      ['dogs/more/a.webp', 1, null],
      ['zebras/2/3/4.svg', 2, null],
    ]);
    expect(leftOut).toEqual([]);
  });

  it('may be divided, whatever the part for validation is called', async () => {
    for (const part of ['val', 'valid', 'Validation']) {
      const { pictures } = await listFolder(
        names(['train/a/1.png', 'train/b/2.png', `${part}/b/3.png`, 'test/a/4.png']),
      );
      expect(Object.fromEntries(pictures.map(({ path, part }) => [path.slice(-5, -4), part]))).toEqual({
        1: 'train',
        2: 'train',
        3: 'validation',
        4: 'test',
      });
    }
  });

  it('is not divided where one of its classes is of trains', async () => {
    expect((await listFolder(names(['car/1.png', 'train/1.png']))).classes).toEqual(['car', 'train']);
    await expect(listFolder(names(['train/a/1.png', 'test/a/1.png', 'more/a/1.png']))).rejects.toThrow(UsageError);
  });

  it('is counted without what is hidden and what is no picture', async () => {
    const root = names([
      'a/1.png',
      'a/.DS_Store',
      'a/notes.txt',
      'b/2.png',
      'b/.git/3.png',
      'readme.md',
      'b/raw',
      'c/x.heic',
    ]);
    const { pictures, leftOut, classes } = await listFolder(root);
    expect(pictures).toHaveLength(2);
    expect(classes).toEqual(['a', 'b']);
    expect(leftOut.toSorted()).toEqual([
      '1 .heic file',
      '1 .txt file',
      '1 file not in the folder of a class',
      '1 folder of a class without pictures',
      '1 hidden file',
      '1 hidden folder',
      '1 other file',
    ]);
  });

  it('follows links, but in no circle', async () => {
    const root = names(['a/1.png', 'b/2.png', 'elsewhere.d/3.png']);
    symlinkSync('..', join(root, 'a', 'up'));
    symlinkSync('/', join(root, 'a', 'all'));
    symlinkSync('.', join(root, 'b', 'same'));
    symlinkSync('nowhere', join(root, 'b', 'gone.png'));
    symlinkSync('turn', join(root, 'b', 'turn'));
    symlinkSync(join(root, 'a', '1.png'), join(root, 'b', 'link.png'));
    const { pictures, leftOut } = await listFolder(root);
    expect(pictures.map(({ name }) => name)).toEqual(['a/1.png', 'b/2.png', 'b/link.png', 'elsewhere.d/3.png']);
    expect(leftOut).toEqual(['3 links to a folder that they lie in', '2 links that lead nowhere']);
  });

  it.each([
    ['of nothing', [], 'holds no pictures in folders of classes. Expected a folder for each class'],
    ['of one class', ['a/1.png', 'a/2.png'], "has 2 pictures of one class, 'a'"],
    ['of one picture', ['a/1.png'], 'has 1 picture of one class'],
    ['of pictures without classes', ['1.png', '2.png'], 'Left out: 2 files not in the folder of a class'],
    ['of one that is hidden', ['a/.1.png'], 'Left out: 1 hidden file; 1 folder of a class without pictures.'],
    ['of names that differ in case', ['Cat/1.png', 'cat/1.png'], "'Cat' and 'cat', which differ only in how"],
    [
      'that tests what it does not train',
      ['train/a/1.png', 'train/b/1.png', 'test/c/1.png'],
      "no training pictures of 'c'",
    ],
    ['that trains nothing', ['val/a/1.png', 'test/b/1.png'], 'no pictures to train on'],
    ['of names that would break lines', ['a\nb/1.png'], "of one class, 'a\\nb'"],
  ])('%s is refused with the reason', async (_, files, reason) => {
    const refused = listFolder(names(files));
    await expect(refused).rejects.toThrow(AtelierError);
    await expect(refused).rejects.toThrow(reason);
  });
});
