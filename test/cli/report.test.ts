import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { writeRun } from '../evaluation/trained-model-run.ts';
import { writeWholeRuns } from '../report/html-sample.ts';
import { copyFolder, workFolder } from './folders.ts';
import { atelier, expectRefusal, logOf, succeed, warningsOf } from './program.ts';

const work = workFolder();
const machine = ['--threads', '1'];

const resultSchema = z.object({
  runs: z.array(z.object({ label: z.string(), path: z.string(), lacking: z.string().nullable() })),
  page: z.string(),
  markdown: z.string(),
  figures: z.array(z.string()),
  pageSize: z.number(),
});

beforeAll(async () => {
  await writeWholeRuns(work);
});

describe('report', () => {
  it('writes pictures, Markdown and page of both models, and prints where they are', async () => {
    const outcome = await succeed(['report', 'base', 'deep', ...machine], work);
    expect(warningsOf(outcome)).toEqual([]);
    const [first, second, ...paths] = outcome.stdout.trimEnd().split('\n');
    expect(first).toMatch(/^Model 1: accuracy 0\.\d{4}, base$/);
    expect(second).toMatch(/^Model 2: accuracy 0\.\d{4}, deep$/);
    expect(paths.slice(0, 3)).toEqual([
      'artifacts/report/report.html',
      'artifacts/report/report.md',
      'artifacts/report/figures/samples.png',
    ]);
    for (const path of paths) expect(statSync(join(work, path)).size, path).toBeGreaterThan(1000);
    // Three images' sheets of five layers, seven pictures of each run, four of both, the samples.
    expect(paths).toHaveLength(2 + 3 * 5 + 2 * 7 + 4 + 1);
    const page = readFileSync(join(work, 'artifacts', 'report', 'report.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('test image 2: Trouser, predicted ');
  });

  it('evaluates a run that has not been, says what it lacks, and names those that cannot be used', async () => {
    await writeRun(join(work, 'fresh'), 'm1');
    const args = ['report', 'absent', 'fresh', '--out', 'one', '--images', '7', '--json', ...machine];
    const outcome = await atelier(args, work);
    expect(outcome.code, outcome.stderr).toBe(1);
    const errors = logOf(outcome).filter(({ level }) => level >= 50);
    expect(errors.map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/^'absent' is no run folder/),
      '1 of 2 runs could not be used: absent. The reasons stand above.',
    ]);
    const result = resultSchema.parse(JSON.parse(outcome.stdout));
    expect(result.runs).toEqual([expect.objectContaining({ label: 'Model 1', path: 'fresh' })]);
    expect(result.runs[0]?.lacking).toContain('trained on 50 images only');
    expect(result.figures).toContain('one/figures/m1-conv1-image-00007.png');
    expect(result.pageSize).toBe(statSync(join(work, 'one', 'report.html')).size);
    expect(logOf(outcome).map(({ msg }) => msg)).toContainEqual(expect.stringMatching(/not been evaluated yet/));
    expect(warningsOf(outcome)).toEqual([
      expect.stringMatching(/^Model 1 is not a whole run: .*; the report says so$/),
    ]);
    expect(readFileSync(join(work, 'one', 'report.md'), 'utf8')).toContain(
      'not a whole run: trained on 50 images only',
    );
    expect(readFileSync(join(work, 'one', 'report.html'), 'utf8')).toContain(
      'Model 1 is not of the original report’s recipe:',
    );
  });

  it('does without the maps of a run whose checkpoint is gone, says so, and leaves nothing of the report before', async () => {
    const run = copyFolder(join(work, 'base'), join(work, 'light'));
    rmSync(join(run, 'checkpoints'), { recursive: true });
    const figures = join(work, 'artifacts', 'report', 'figures');
    writeFileSync(join(figures, 'mine.png'), '');
    const before = readdirSync(figures);
    expect(before).toEqual(expect.arrayContaining(['m1-conv1-image-00000.png', 'm2-curves.png', 'scores.png']));
    const outcome = await succeed(['report', 'light', ...machine], work);
    expect(warningsOf(outcome)).toEqual([expect.stringMatching(/no best checkpoint any more: no activation maps/)]);
    expect(readFileSync(join(work, 'artifacts', 'report', 'report.html'), 'utf8')).not.toContain('id="layers"');
    const written = outcome.stdout.split('\n').filter((path) => path.endsWith('.png'));
    const left = readdirSync(figures).toSorted();
    expect(left).toEqual([...written.map((path) => basename(path)), 'figures.json', 'mine.png'].toSorted());
    expect(logOf(outcome).map(({ msg }) => msg)).toContain(
      `removed ${before.length - left.length} figures of an earlier report from 'artifacts/report'`,
    );
  });
});

describe('what cannot be reported is refused before any work', () => {
  const refuse = async (args: readonly string[], code: 1 | 2, ...parts: readonly (string | RegExp)[]) => {
    expectRefusal(await atelier(['report', ...args, ...machine], work), code, ...parts);
    expect(existsSync(join(work, 'not'))).toBe(false);
  };

  it('images that are not there, too many, or no numbers', async () => {
    await refuse(['base', '--out', 'not', '--images', '9999-10000'], 2, /--images: .*10000.*0 to 9999/);
    await refuse(
      ['base', '--out', 'not', '--images', '0-8'],
      2,
      'at most 8 images, got 9',
      'npx atelier activations base --images 0-8',
    );
    await refuse(['base', '--out', 'not', '--images', 'all'], 2, "'all' is neither a number nor a range");
  });

  it('threads that cannot be', async () => {
    expectRefusal(await atelier(['report', 'base', '--out', 'not', '--threads', '0'], work), 2, '--threads');
    expect(existsSync(join(work, 'not'))).toBe(false);
  });
});

describe('what cannot be reported', () => {
  it('a folder that is no run, while the others are', async () => {
    const outcome = await atelier(['report', 'base', 'nowhere', '--out', 'others', ...machine], work);
    expect(outcome.code).toBe(1);
    const errors = logOf(outcome).filter(({ level }) => level === 50);
    expect(errors[0]?.msg).toContain("'nowhere' is no run folder");
    expect(existsSync(join(work, 'others', 'report.html'))).toBe(true);
  });

  it('a run without a checkpoint and without an evaluation', async () => {
    const { run } = await writeRun(join(work, 'empty'), 'm1');
    rmSync(run.checkpoints, { recursive: true });
    expectRefusal(
      await atelier(['report', 'empty', '--out', 'three', ...machine], work),
      1,
      "'empty' has no best checkpoint",
      '--resume',
    );
    expect(existsSync(join(work, 'three', 'report.html'))).toBe(false);
  });

  it('two runs of one name', async () => {
    mkdirSync(join(work, 'other'));
    copyFolder(join(work, 'base'), join(work, 'other', 'base'));
    const outcome = await atelier(['report', 'base', 'other/base', '--out', 'four', ...machine], work);
    expectRefusal(outcome, 2, "both called 'base'", "'other/base'");
  });

  it('a folder that cannot be written', async () => {
    writeFileSync(join(work, 'file'), '');
    const outcome = await atelier(['report', 'base', '--out', 'file', ...machine], work);
    expectRefusal(outcome, 1, "cannot create the folder 'file'");
  });
});
