/**
 * One bad thing among many: what can be done is done, what cannot is named, and the exit code says so. Of report it is tested
 * with the others of it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { copyFolder, workFolder } from './folders.ts';
import { atelier, logOf, type Outcome, succeed } from './program.ts';
import { checkpointOf } from './settings.ts';

const work = workFolder();
const one = ['--threads', '1'] as const;
const boot = join(import.meta.dirname, '../fixtures/pictures/boot.png');

beforeAll(() => {
  for (const model of ['m1', 'm2']) copyFolder(join(inject('runs'), model), join(work, model));
  copyFolder(join(work, 'm1'), join(work, 'cut'));
  const checkpoint = checkpointOf(join(work, 'cut'), 'best');
  writeFileSync(checkpoint, readFileSync(checkpoint).subarray(0, 1000));
});

/** What went wrong, in the order in which it was said; the last line sums it up. */
function errorsOf(outcome: Outcome): readonly string[] {
  const errors = logOf(outcome).filter(({ level }) => level >= 50);
  for (const error of errors) expect(error).not.toHaveProperty('err');
  return errors.map(({ msg }) => msg);
}

describe('evaluate', () => {
  const validation = ['--split', 'validation', ...one];

  it('evaluates the other runs', async () => {
    const outcome = await atelier(['evaluate', 'm1', 'cut', 'absent', 'm2', ...validation, '--json'], work);
    expect(outcome.code).toBe(1);
    expect(JSON.parse(outcome.stdout)).toMatchObject([{ run: 'm1' }, { run: 'm2' }]);
    expect(errorsOf(outcome)).toEqual([
      expect.stringMatching(/cut.*best\.safetensors/),
      expect.stringMatching(/^'absent' is no run folder/),
      '2 of 4 runs could not be used: cut, absent. The reasons stand above.',
    ]);
  });

  it('prints nothing where no run can be evaluated', async () => {
    const outcome = await atelier(['evaluate', 'absent', 'cut', ...validation], work);
    expect([outcome.code, outcome.stdout]).toEqual([1, '']);
    expect(errorsOf(outcome)).toHaveLength(3);
  });

  it('keeps the evaluations of two checkpoints in two places', async () => {
    const last = await succeed(['evaluate', 'm2', ...validation, '--checkpoint', 'last'], work);
    expect(last.stdout).toContain(join('m2', 'evaluation', 'validation-last'));
    await succeed(['evaluate', 'm2', ...validation], work);
    const checkpointIn = (place: string) =>
      JSON.parse(readFileSync(join(work, 'm2/evaluation', place, 'metrics.json'), 'utf8')).checkpoint;
    expect(['validation', 'validation-last'].map(checkpointIn)).toEqual(['best', 'last']);
  });

  it('writes elsewhere, a folder for each of several runs', async () => {
    await succeed(['evaluate', 'm1', ...validation, '--out', 'results'], work);
    expect(readdirSync(join(work, 'results'))).toContain('metrics.json');
    await succeed(['evaluate', 'm1', 'm2', ...validation, '--out', 'all'], work);
    expect(readdirSync(join(work, 'all'))).toEqual(['m1', 'm2']);
  });

  it('finds before the work that nothing can be written, and names the way out', async () => {
    const run = copyFolder(join(inject('runs'), 'm2'), join(work, 'closed'));
    rmSync(join(run, 'evaluation'), { recursive: true, force: true });
    writeFileSync(join(run, 'evaluation'), '');
    const refused = await atelier(['evaluate', 'closed', ...validation], work);
    expect(refused.code).toBe(1);
    expect(errorsOf(refused)).toEqual([expect.stringMatching(/evaluation.*--out puts the evaluation elsewhere/)]);
    expect(logOf(refused).map(({ msg }) => msg)).not.toContainEqual(expect.stringMatching(/^evaluated/));
    // Whoever needs the results more than the files goes on.
    const compared = await atelier(['compare', 'closed', 'm1', ...validation], work);
    expect(compared.code, compared.stderr).toBe(0);
    expect(compared.stderr).toContain("the evaluation of 'closed' is not kept");
  });
});

describe('compare', () => {
  const validation = ['--split', 'validation', ...one];

  it('compares the others', async () => {
    const outcome = await atelier(['compare', 'm1', 'cut', 'm2', ...validation, '--json'], work);
    expect(outcome.code).toBe(1);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ runs: [{ name: 'm1' }, { name: 'm2' }] });
    expect(errorsOf(outcome).at(-1)).toBe('1 of 3 runs could not be used: cut. The reasons stand above.');
  });

  it('needs two of them', async () => {
    const outcome = await atelier(['compare', 'm1', 'cut', ...validation], work);
    expect([outcome.code, outcome.stdout]).toEqual([1, '']);
    expect(errorsOf(outcome).at(-1)).toBe('compare: of 2 runs 1 can be used, and two are needed.');
  });
});

it('predict answers for the other pictures', async () => {
  writeFileSync(join(work, 'torn.png'), readFileSync(boot).subarray(0, 200));
  const images = ['0', boot, 'torn.png', 'absent.jpg', '20000', '1'];
  const outcome = await atelier(['predict', 'm1', ...images, ...one, '--json'], work);
  expect(outcome.code).toBe(1);
  const { images: answers } = JSON.parse(outcome.stdout);
  expect(answers).toMatchObject([{ image: 'test image 0' }, { image: boot }, { image: 'test image 1' }]);
  expect(errorsOf(outcome)).toEqual([
    expect.stringContaining('torn.png'),
    expect.stringContaining('absent.jpg'),
    expect.stringContaining('./20000'),
    '3 of 6 images could not be used: torn.png, absent.jpg, 20000. The reasons stand above.',
  ]);
});

it('export writes the other formats', async () => {
  mkdirSync(join(work, 'out'));
  writeFileSync(join(work, 'out/onnx-fp16'), 'in the way');
  const formats = ['--format', 'onnx,onnx-fp16,safetensors', '--out', 'out'];
  const outcome = await atelier(['export', 'm2', ...formats, ...one, '--json'], work);
  expect(outcome.code, outcome.stderr).toBe(1);
  expect(JSON.parse(outcome.stdout)).toMatchObject([{ format: 'onnx' }, { format: 'safetensors' }]);
  expect(errorsOf(outcome).at(-1)).toBe('1 of 3 formats could not be used: onnx-fp16. The reasons stand above.');
});
