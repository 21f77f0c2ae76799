/** What a report leaves in its folder, and what it leaves alone. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { checkReportFolder, openFigureFolder } from '../../src/report/report-folder.ts';
import { scratchFolder } from '../files/scratch.ts';

const png = Uint8Array.of(137);

/** Writes pictures as a report does; without an end as one that is killed. */
async function report(out: string, names: readonly string[], end: 'whole' | 'killed' = 'whole') {
  const folder = await openFigureFolder(out);
  for (const name of names) await folder.save(name, png);
  return end === 'whole' ? folder.finish() : [];
}

const figures = (out: string) => readdirSync(join(out, 'figures')).toSorted();
const put = (out: string, path: string, text = '') => {
  mkdirSync(join(out, 'figures'), { recursive: true });
  writeFileSync(join(out, path), text);
};

describe('a report into the folder of another', () => {
  it('removes the figures that it does not have, once it is whole', async () => {
    const out = scratchFolder();
    await report(out, ['samples.png', 'm1-curves.png', 'm2-curves.png']);
    put(out, 'figures/mine.png');
    const folder = await openFigureFolder(out);
    expect(await folder.save('samples.png', png)).toBe('figures/samples.png');
    expect(figures(out)).toEqual(['figures.json', 'm1-curves.png', 'm2-curves.png', 'mine.png', 'samples.png']);
    await folder.save('x-curves.png', png);
    expect(await folder.finish()).toEqual(['m1-curves.png', 'm2-curves.png']);
    expect(figures(out)).toEqual(['figures.json', 'mine.png', 'samples.png', 'x-curves.png']);
  });

  it('that was killed removes its figures as well as those that it was to remove', async () => {
    const out = scratchFolder();
    const gone = spawnSync(process.execPath, ['--version']).pid;
    put(out, `figures/half.png.${gone}-7.partial`);
    await report(out, ['samples.png', 'old.png']);
    await report(out, ['samples.png', 'half.png'], 'killed');
    expect(figures(out)).toContain('old.png');
    await report(out, [], 'killed');
    await report(out, ['samples.png'], 'killed');
    expect(await report(out, ['samples.png'])).toEqual(['half.png', 'old.png']);
    expect(figures(out)).toEqual(['figures.json', 'samples.png']);
  });

  it('never removes what a changed list leads to', async () => {
    const out = scratchFolder();
    const names = ['../mine.png', 'deep/mine.png', 'notes.txt', 'gone.png', join(out, 'mine.png')];
    put(out, 'figures/figures.json', JSON.stringify({ figures: names }));
    put(out, 'mine.png');
    put(out, 'figures/notes.txt');
    expect(await report(out, ['samples.png'])).toEqual(['gone.png']);
    expect(readdirSync(out).toSorted()).toEqual(['figures', 'mine.png']);
    expect(figures(out)).toEqual(['figures.json', 'notes.txt', 'samples.png']);
    put(out, 'figures/figures.json', '[]');
    await expect(report(out, [])).rejects.toThrow(
      /figures\.json': it is not the list of a report’s figures\. Remove it/,
    );
  });

  it('takes names that differ in case for one file, which they are on some systems', async () => {
    const out = scratchFolder();
    await report(out, ['A-curves.png']);
    expect(await report(out, ['a-curves.png'])).toEqual([]);
  });
});

describe('a report into the folder of one that an older version wrote', () => {
  const shown = (alt: string, name: string) => `![${alt}](<figures/${name}>)`;
  const old = [
    '# Model 1',
    shown('Fig. 1. Sample images with their classes', 'samples.png'),
    shown('Model 1, continued', 'm1-conv2-image-00000.png'),
    'text ![Fig. 2. Mine](figures/mine.png) and ![](<figures/inline.png>) more',
  ].join('\n\n');

  it('removes what that shows, and the sheets of the other images', async () => {
    const out = scratchFolder();
    put(out, 'report.md', old);
    const ours = ['samples.png', 'm1-conv2-image-00000.png', 'm1-conv2-image-00007.png'];
    const others = ['m1-conv1-image-00007.png', 'm1-conv2-image-7.png', 'mine.png', 'inline.png'];
    for (const name of [...ours, ...others]) put(out, `figures/${name}`);
    await checkReportFolder(out);
    expect(await report(out, ['new.png'])).toHaveLength(3);
    expect(figures(out)).toEqual(['figures.json', 'new.png', ...others].toSorted());
  });

  it('knows the report of this repository, which version 0.1 wrote', async () => {
    const reference = join('artifacts', 'reference', 'report');
    const out = scratchFolder();
    put(out, 'report.md', readFileSync(join(reference, 'report.md'), 'utf8'));
    const names = readdirSync(join(reference, 'figures')).filter((name) => name.endsWith('.png'));
    for (const name of names) put(out, `figures/${name}`);
    expect((await report(out, ['new.png'])).length).toBe(names.length);
    expect(figures(out)).toEqual(['figures.json', 'new.png']);
  });
});

describe('a folder that is refused before any work', () => {
  it.each([
    ['report.md', '# My report\n\n![Fig. 1. Mine](figures/a.png)\n'],
    ['report.html', '<!doctype html><title>Mine</title>'],
  ])('with somebody’s own %s', async (name, text) => {
    const out = scratchFolder();
    put(out, name, text);
    await expect(checkReportFolder(out)).rejects.toThrow(UsageError);
    await expect(checkReportFolder(out)).rejects.toThrow(`'${join(out, name)}' is no report of this program`);
    await expect(checkReportFolder(out)).rejects.toThrow('Name another folder with out');
    expect(readFileSync(join(out, name), 'utf8')).toBe(text);
  });

  it('but not with a page of an older version alone', async () => {
    const out = scratchFolder();
    put(out, 'report.html', '<footer>Made with Atelier from the files of one run.</footer>');
    await checkReportFolder(out);
  });
});
