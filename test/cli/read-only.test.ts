/** Places that cannot be written are found before any work, with the way out. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { contentOf, copyFolder, workFolder } from './folders.ts';
import { atelier, expectRefusal, logOf } from './program.ts';
import { tiny } from './settings.ts';

const work = workFolder();
const place = join(work, 'place');
const run = join('place', 'run');
mkdirSync(place);

// Root may write everywhere, but not on a disk that is mounted for reading only; others have no right to.
const isRoot = process.getuid?.() === 0;
const mount = (...args: readonly string[]) => spawnSync('mount', [...args]).status === 0;
const mounted = isRoot && mount('-t', 'tmpfs', '-o', 'size=32m', 'atelier-test', place);
const canLock = !isRoot || mounted;
const reason = isRoot ? /read-only \(EROFS\)/ : /access is denied \(EACCES\)/;

beforeAll(() => {
  copyFolder(join(inject('runs'), 'm1'), join(work, run));
  mkdirSync(join(place, 'report', 'figures'), { recursive: true });
  mkdirSync(join(place, 'artifacts'));
  if (mounted) expect(mount('-o', 'remount,ro', place)).toBe(true);
  else
    for (const folder of ['', 'run', 'run/checkpoints', 'report', 'report/figures', 'artifacts'])
      chmodSync(join(place, folder), 0o555);
});
afterAll(() => {
  if (mounted) spawnSync('umount', [place]);
  else spawnSync('chmod', ['-R', 'u+w', place]);
});

/** Expects the refusal to be all that is said: whatever works says something first. */
async function expectAtOnce(args: readonly string[], ...parts: readonly (string | RegExp)[]): Promise<void> {
  const before = contentOf(work);
  const outcome = await atelier(args, work);
  expectRefusal(outcome, 1, ...parts);
  expect(logOf(outcome).map(({ msg }) => msg)).toHaveLength(1);
  expect(contentOf(work)).toEqual(before);
}

type Refused = readonly [command: string, args: readonly string[], where: string, wayOut: string];

const refused: readonly Refused[] = [
  ['train', ['m1', ...tiny, '--run', 'place/new'], "create the folder 'place/new'", '--run puts the run elsewhere'],
  ['train', ['m1', '--resume', '--run', run, '--epochs', '99'], `write into the folder '${run}'`, 'Copy the run'],
  [
    'activations',
    [run],
    `create the folder '${join(run, 'figures', 'activations')}'`,
    '--out puts the sheets elsewhere',
  ],
  ['activations', [run, '--out', 'place'], "write into the folder 'place'", '--out'],
  ['report', [run, '--out', 'place/report'], "write into the folder 'place/report'", '--out puts '],
  ['report', [run, '--out', 'place/new'], "create the folder 'place/new'", '--out puts '],
  ['export', [run, '--out', 'place'], "create the folder 'place/onnx'", '--out puts '],
  ['graphs', ['m1', '--out', 'place'], "write into the folder 'place'", '--out puts '],
  ['graphs', ['m1', '--target', 'ort-training', '--out', 'place'], "write into the folder 'place'", '--out puts '],
  [
    'bench',
    ['--model', 'm1', '--peers', 'atelier', '--out', 'place/speed'],
    "create the folder 'place/speed'",
    '--out puts ',
  ],
  ['bench', ['--model', 'm1', '--scale', '--out', 'place/speed'], "create the folder 'place/speed'", '--out puts '],
];

describe.skipIf(!canLock)('a place that is read-only (skipped where root cannot mount one)', () => {
  it.each(refused)('%s %j', async (command, args, where, wayOut) => {
    await expectAtOnce([command, ...args], `cannot ${where}`, reason, wayOut);
  });

  it('data --dir', async () => {
    const outcome = await atelier(['data', '--dir', 'place/new'], work);
    expectRefusal(
      outcome,
      1,
      "cannot create the folder '",
      reason,
      'To have the data set elsewhere: npx atelier data --dir FOLDER',
    );
    expect(logOf(outcome)).toHaveLength(1);
  });

  it('as the current folder: a training says how to train elsewhere', async () => {
    const outcome = await atelier(['train', 'm1', ...tiny], place);
    expectRefusal(
      outcome,
      1,
      `cannot create the folder '${join('artifacts', 'runs')}'`,
      reason,
      '--run puts the run elsewhere',
    );
    expect(logOf(outcome)).toHaveLength(1);
  });
});

describe('a file in the place of a folder', () => {
  beforeAll(() => writeFileSync(join(work, 'note'), 'Dear'));
  it.each([
    ['activations', run, '--out', 'note/sheets'],
    ['report', run, '--out', 'note/report'],
    ['export', run, '--out', 'note/export'],
    ['graphs', 'm1', '--out', 'note/graphs'],
    ['bench', '--model', 'm1', '--peers', 'atelier', '--out', 'note/speed'],
  ])('%s', async (...args) => {
    await expectAtOnce(args, "cannot create the folder '", 'a part of its path is a file where a folder was expected');
  });
});
