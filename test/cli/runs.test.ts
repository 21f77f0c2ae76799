/** `atelier runs`, and what `train` is told of a run: `--name`, `--tag`, `--note`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { until } from '../../soak/waiting.ts';
import { parseCsv } from '../../src/files/csv.ts';
import { lockFileName } from '../../src/files/lock.ts';
import { copyFolder, workFolder } from './folders.ts';
import { atelier, expectRefusal, logOf, succeed, warningsOf } from './program.ts';
import { quick } from './settings.ts';
import { open } from './terminal.ts';

const work = workFolder();
const runs = join('artifacts', 'runs');

function change(run: string, changes: object): void {
  const path = join(work, runs, run, 'config.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...changes }));
}

function readConfig(run: string) {
  return JSON.parse(readFileSync(join(work, run, 'config.json'), 'utf8'));
}

beforeAll(async () => {
  mkdirSync(join(work, runs), { recursive: true });
  copyFolder(join(inject('runs'), 'm1'), join(work, runs, 'm1-done'));
  copyFolder(join(inject('runs'), 'm2'), join(work, runs, 'm2-done'));
  copyFolder(join(inject('runs'), 'm1'), join(work, runs, 'm1-stopped'));
  copyFolder(join(inject('runs'), 'm2'), join(work, runs, 'broken'));
  change('m1-done', { created: '2026-03-01T10:00:00.000Z', name: 'the first', tags: ['rates', 'old'] });
  change('m2-done', { created: '2026-03-03T10:00:00.000Z' });
  const { recipe } = readConfig(join(runs, 'm1-stopped'));
  change('m1-stopped', { created: '2026-03-02T10:00:00.000Z', recipe: { ...recipe, epochs: 4 } });
  writeFileSync(join(work, runs, 'broken', 'config.json'), '{"schema": 2}');
});

const names = (stdout: string) => JSON.parse(stdout).map(({ folder }: { readonly folder: string }) => folder);

describe('a list', () => {
  it('has state, epochs, best epoch, size and labels of each run, the newest first', async () => {
    const { stdout } = await succeed(['runs', '--json'], work);
    expect(names(stdout)).toEqual(['m2-done', 'm1-stopped', 'm1-done', 'broken']);
    const [newest, stopped, oldest, broken] = JSON.parse(stdout);
    expect(newest).toMatchObject({ state: 'finished', name: null, tags: [], note: null, problem: null });
    expect(newest.training).toMatchObject({ model: 'm2', epochs: { done: 1, planned: 1 }, best: { epoch: 1 } });
    expect(stopped).toMatchObject({ state: 'stopped', training: { epochs: { done: 1, planned: 4 } } });
    expect(oldest).toMatchObject({ name: 'the first', tags: ['rates', 'old'] });
    const sizes = readdirSync(join(work, runs, 'm1-done', 'checkpoints'), { recursive: true });
    expect(sizes.length).toBeGreaterThan(1);
    expect(oldest.bytes).toBeGreaterThan(1e6);
    expect(broken).toMatchObject({ state: 'damaged', training: null, problem: expect.stringContaining("'recipe'") });
  });

  it('is a table that says what is wrong, and how many there are', async () => {
    const { stdout } = await succeed(['runs'], work);
    const [header, rule, ...lines] = stdout.split('\n');
    expect(header).toMatch(/^run +name +model +state +epochs +loss +accuracy +test +size +tags$/);
    expect(rule).toMatch(/^[- ]+$/);
    expect(lines[0]).toMatch(/^m2-done .* finished +1\/1 +\d\.\d{4} +\d+\.\d\d % +\d+\.\d MB$/);
    expect(stdout).toMatch(/\nartifacts\/runs\/broken damaged: .* …\n\n4 runs, \d+\.\d MB in artifacts\/runs\n$/);
  });

  it('is of the runs that are named, or of all in a folder', async () => {
    expect(names((await succeed(['runs', join(runs, 'm1-done'), '--json'], work)).stdout)).toEqual(['m1-done']);
    expect(names((await succeed(['runs', inject('runs'), '--json'], work)).stdout).toSorted()).toEqual(['m1', 'm2']);
    const absent = await atelier(['runs', 'absent', join(runs, 'm1-done'), '--json'], work);
    expect([absent.code, names(absent.stdout)]).toEqual([1, ['m1-done']]);
    expectRefusal(await atelier(['runs', 'absent'], work), 2, "'absent' is no run folder");
  });

  it('is empty where there are none, with a word', async () => {
    const empty = workFolder();
    const outcome = await succeed(['runs'], empty);
    expect(outcome.stdout).toBe('');
    expect(logOf(outcome).map(({ msg }) => msg)).toEqual([
      'there are no runs in artifacts/runs. Train one first: npx atelier train m1',
    ]);
  });

  it('shows a run that a process trains as running', async () => {
    const run = copyFolder(join(work, runs, 'm2-done'), join(work, 'busy', 'run'));
    // Of another machine nothing is known, so its process counts as living.
    const holder = { pid: 1, host: 'another', namespace: '', started: '', since: '2026-03-03T10:00:00.000Z' };
    writeFileSync(join(run, lockFileName), JSON.stringify(holder));
    const [{ state }] = JSON.parse((await succeed(['runs', run, '--json'], work)).stdout);
    expect(state).toBe('running');
    const refused = await atelier(['runs', run, '--remove', '--yes'], work);
    expectRefusal(refused, 1, 'is in use', 'another');
    expect(existsSync(run)).toBe(true);
  });
});

describe('order and choice', () => {
  it.each([
    { args: ['--sort', 'run'], found: ['broken', 'm1-done', 'm1-stopped', 'm2-done'] },
    { args: ['--sort', 'created', '--reverse'], found: ['m1-done', 'm1-stopped', 'm2-done', 'broken'] },
    { args: ['--filter', 'state=finished'], found: ['m2-done', 'm1-done'] },
    { args: ['--filter', 'state!=finished'], found: ['m1-stopped', 'broken'] },
    { args: ['--filter', 'run=M1-*', '--filter', 'epochs<=1'], found: ['m1-stopped', 'm1-done'] },
    { args: ['--filter', 'tag=old'], found: ['m1-done'] },
    { args: ['--filter', 'created>=2026-03-02'], found: ['m2-done', 'm1-stopped'] },
    { args: ['--filter', 'model=m1,m2', '--filter', 'loss<0'], found: [] },
  ])('$args', async ({ args, found }) => {
    expect(names((await succeed(['runs', ...args, '--json'], work)).stdout)).toEqual(found);
  });

  it.each([
    ['states=finished', "Did you mean 'state'?"],
    ['state=finishd', "did you mean 'finished'?"],
    ['state', 'Fields: created, run'],
    ['loss<low', "expected a number, got 'low'"],
  ])('%s is refused', async (condition, hint) => {
    expectRefusal(await atelier(['runs', '--filter', condition], work), 2, `--filter '${condition}'`, hint);
  });

  it('goes to other commands as paths, which say what is left out', async () => {
    const outcome = await succeed(['runs', '--filter', 'state=finished', '--paths'], work);
    expect(outcome.stdout).toBe(`${join(runs, 'm2-done')}\n${join(runs, 'm1-done')}\n`);
    expect(warningsOf(outcome)).toEqual([
      expect.stringMatching(/^left out: artifacts\/runs\/broken \(damaged: /),
      'left out: artifacts/runs/m1-stopped (stopped after 1 of 4 epochs)',
    ]);
  });

  it('goes to spreadsheets as CSV', async () => {
    const { stdout } = await succeed(['runs', '--csv', '--sort', 'run'], work);
    const [header = [], broken = [], first = []] = parseCsv(stdout, 'runs.csv');
    const value = (row: readonly string[], name: string) => row[header.indexOf(name)];
    expect(value(broken, 'state')).toBe('damaged');
    expect(value(broken, 'problem')).toContain('\n');
    expect(['path', 'name', 'tags', 'planned_epochs'].map((name) => value(first, name))).toEqual([
      join(runs, 'm1-done'),
      'the first',
      'rates;old',
      '1',
    ]);
  });
});

describe('--remove', () => {
  const folder = (name: string) => copyFolder(join(work, runs, 'm2-done'), join(work, 'spare', name));

  it('deletes what is named or chosen, and says so', async () => {
    for (const name of ['a', 'b', 'keep']) folder(name);
    const { stdout } = await succeed(['runs', 'spare', '--filter', 'run=a,b', '--remove', '--yes'], work);
    expect(stdout).toMatch(/^removed spare\/\w\nremoved spare\/\w\n\d+\.\d MB freed\n$/);
    expect(readdirSync(join(work, 'spare'))).toEqual(['keep']);
  });

  it('asks first, and needs somebody to ask', async () => {
    const run = folder('asked');
    expectRefusal(await atelier(['runs', run, '--remove'], work), 2, 'would delete 1 run', 'give --yes');
    for (const [answer, isThere] of [
      ['n', true],
      ['y', false],
    ] as const) {
      const terminal = open(['runs', run, '--remove'], { cwd: work, columns: 100 });
      await until(() => terminal.raw().includes('Delete them?'));
      terminal.type(`${answer}\r`);
      expect(await terminal.ended).toBe(0);
      expect(existsSync(run)).toBe(isThere);
    }
  });

  it('never deletes all by mistake, nor what is no run, nor a link', async () => {
    expectRefusal(await atelier(['runs', '--remove', '--yes'], work), 2, '--filter run=* --remove');
    mkdirSync(join(work, 'precious'));
    expectRefusal(await atelier(['runs', 'precious', '--remove', '--yes'], work), 2, 'is no run folder');
    symlinkSync(folder('target'), join(work, 'link'));
    expectRefusal(await atelier(['runs', 'link', '--remove', '--yes'], work), 1, 'is a link');
    expect(existsSync(join(work, 'spare', 'target', 'config.json'))).toBe(true);
    expect(readdirSync(join(work, runs)).length).toBe(4);
  });
});

describe('what is said of a run', () => {
  const args = ['train', 'm2', ...quick, '--epochs', '1', '--run', 'said'];

  it('is recorded, kept by a resumption unless it is said anew, and not replayed', async () => {
    await succeed([...args, '--name', ' higher rate ', '--tag', 'a', '--tag', 'b', '--note', 'is it\nfaster?'], work);
    expect(readConfig('said')).toMatchObject({ name: 'higher rate', tags: ['a', 'b'], note: 'is it\nfaster?' });
    await succeed(['train', 'm2', '--resume', '--run', 'said', '--epochs', '2', '--note', 'no', ...quick], work);
    expect(readConfig('said')).toMatchObject({ name: 'higher rate', tags: ['a', 'b'], note: 'no' });
    const replay = ['train', 'm2', '--config', join('said', 'config.json'), '--run', 'again', '--max-steps', '1'];
    await succeed(replay, work);
    expect(readConfig('again')).not.toHaveProperty('name');
    rmSync(join(work, 'again'), { recursive: true });
  });

  it('stands in comparisons in the place of the folder', async () => {
    const validation = ['--split', 'validation', '--threads', '1', '--json'];
    const { stdout } = await succeed(['compare', 'said', join(runs, 'm2-done'), ...validation], work);
    const labels = JSON.parse(stdout).runs.map(({ label }: { readonly label: string }) => label);
    expect(labels).toContain('Model 2 (higher rate)');
  });

  it.each([
    ['--name', ''],
    ['--name', 'two\nlines'],
    ['--tag', 'x'.repeat(101)],
    ['--note', ' '],
  ])('%s %j is refused', async (option, text) => {
    expectRefusal(await atelier(['train', 'm2', option, text], work), 2, option, 'expected');
  });
});
