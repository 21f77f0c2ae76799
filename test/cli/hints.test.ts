/**
 * No hint leads into an error: each call that a message advises is provoked here and run. Hints are the `call` parts of
 * messages; a new one in the sources has to be added to the list.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../soak/waiting.ts';
import { loadManifest } from '../../src/data/manifest.ts';
import { locateDataset } from '../../src/data/sources.ts';
import { packageRoot } from '../../src/files/package-root.ts';
import { writeSafetensors } from '../../src/files/safetensors.ts';
import { silent } from '../silent.ts';
import { copyFolder, workFolder } from './folders.ts';
import { hintIn, paste as pasteIn } from './pasting.ts';
import { atelier, logOf, type Outcome, start, succeed } from './program.ts';
import { quick } from './settings.ts';

const work = workFolder();
const root = packageRoot();

/** How often each file of the sources makes a hint. */
const places: Readonly<Record<string, number>> = {
  'src/cli/commands/runs.ts': 1,
  'src/cli/commands/train.ts': 1,
  'src/cli/next-step.ts': 4,
  // Run by own-model.test.ts.
  'src/cli/own/own.ts': 2,
  'src/data/named-folder.ts': 1,
  'src/data/sources.ts': 1,
  'src/evaluation/trained-model.ts': 2,
  'src/export/model-card-usage.ts': 1,
  'src/export/model-card.ts': 1,
  // Run by weights.test.ts.
  'src/export/subject.ts': 1,
  'src/report/write-report.ts': 2,
  'src/training/divergence.ts': 1,
  'src/training/init-from.ts': 1,
  'src/training/open-run.ts': 1,
  // Run by broken-checkpoints.test.ts.
  'src/training/run-checkpoint.ts': 3,
  'src/training/run-folder.ts': 1,
  // Run by own-model.test.ts.
  'src/training/training-run.ts': 1,
  'src/training/write-graphs.ts': 1,
  // Told by test/user-code/model-file.test.ts; its folder is one that a training takes.
  'src/user-code/load-source.ts': 1,
};

it('every place that makes hints is known here', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.ts$/.test(name),
  );
  const found = files.flatMap((name) => {
    const count = readFileSync(join(root, 'src', name), 'utf8').match(/\bcall\('/g)?.length ?? 0;
    return count === 0 ? [] : [[`src/${name}`, count] as const];
  });
  expect(Object.fromEntries(found.toSorted())).toEqual(places);
});

let done: Outcome;
let diverged: Outcome;
beforeAll(async () => {
  const train = (run: string, ...more: readonly string[]) =>
    atelier(['train', 'm1', ...quick, ...more, '--run', run], work);
  done = await train('done', '--epochs', '1');
  expect(done).toMatchObject({ code: 0 });
  expect(await train('short', '--max-steps', '2', '--epochs', '1')).toMatchObject({ code: 0 });
  diverged = await train('diverged', '--lr', '1e20');
  expect(diverged).toMatchObject({ code: 1 });
  copyFolder(join(work, 'done'), join(work, 'light'));
  rmSync(join(work, 'light', 'checkpoints'), { recursive: true });
  const foreign = new Map([['weight', { dtype: 'float32', shape: [1], data: Float32Array.of(1) }]] as const);
  await writeSafetensors(join(work, 'foreign.safetensors'), { tensors: foreign, metadata: new Map() }, 'weights');
});

/** What a call says last. */
const lastWord = (outcome: Outcome) => logOf(outcome).at(-1)?.msg ?? '';

const paste = (hint: string, cwd = work) => pasteIn(hint, cwd);

/** A run that may be spoiled. */
function copyOf(run: string, name: string): string {
  copyFolder(join(work, run), join(work, name));
  return name;
}

describe('after a training', () => {
  it('that ended with an epoch: its evaluation', () => {
    const hint = hintIn(lastWord(done));
    expect(hint).toBe('npx atelier evaluate done');
    paste(`${hint} --threads 1`);
  });

  it('that ended before its first epoch did: the rest of it', async () => {
    const run = copyOf('short', 'short-on');
    const outcome = await succeed(['train', 'm1', '--resume', '--run', run, '--max-steps', '2'], work);
    const hint = hintIn(lastWord(outcome));
    expect(hint).toBe(`npx atelier train m1 --resume --run ${run}`);
    expect(paste(hint)).toBe(`${run}\n`);
  });

  it('that had all its epochs and is resumed: how to train on', async () => {
    const run = copyOf('done', 'done-on');
    const outcome = await succeed(['train', 'm1', '--resume', '--run', run], work);
    const told = logOf(outcome).map(({ msg }) => msg);
    expect(told.join('\n')).not.toContain('going on');
    const [said = ''] = told.filter((line) => line.startsWith('all 1 epochs are trained already'));
    expect(hintIn(said)).toBe(`npx atelier train m1 --resume --run ${run} --epochs 2`);
    paste(hintIn(said));
  });

  it('that stopped early and is resumed: how to train on', async () => {
    const early = ['--lr', '0.05', '--epochs', '40', '--early-stop', '1', '--run', 'early'];
    await succeed(['train', 'm1', ...quick, ...early], work);
    const outcome = await succeed(['train', 'm1', '--resume', '--run', 'early'], work);
    const said = logOf(outcome).find(({ msg }) => msg.startsWith('it stopped early'))?.msg ?? '';
    expect(hintIn(said)).toBe('npx atelier train m1 --resume --run early --early-stop 2');
    paste(hintIn(said));
  });

  it('that was interrupted: the rest of it', async () => {
    const stopped = start(['train', 'm1', ...quick, '--epochs', '9', '--run', 'stopped'], work);
    await until(() => stopped.isOver() || stopped.stderr().includes('"msg":"training m1'));
    stopped.signal('SIGTERM');
    const outcome = await stopped.ended;
    expect(outcome.code).toBe(130);
    paste(hintIn(lastWord(outcome)));
  });

  it('that diverged: the same with a lower rate, and it is not taken for an unfinished one', async () => {
    const told = lastWord(diverged);
    expect(told).toMatch(
      /^the training loss became \S+ at step \d \(epoch 1\) .*\. No checkpoint had been saved yet\. /,
    );
    const hint = hintIn(told);
    expect(hint).toBe('npx atelier train m1 --config diverged/config.json --lr 0.001');
    paste(`${hint} --epochs 1`);
    mkdirSync(join(work, 'elsewhere', 'artifacts', 'runs'), { recursive: true });
    copyFolder(join(work, 'diverged'), join(work, 'elsewhere', 'artifacts', 'runs', 'again'));
    const resumed = await atelier(['train', 'm1', '--resume'], join(work, 'elsewhere'));
    expect(resumed.code).toBe(2);
    expect(resumed.stderr).toMatch(/passing over artifacts\/runs\/again: the training loss became/);
  });
});

describe('of a run without the checkpoint', () => {
  const hintOf = async (run: string) => {
    const outcome = await atelier(['evaluate', run, '--threads', '1'], work);
    expect(outcome.code).toBe(1);
    return hintIn(lastWord(outcome));
  };

  it('that has not come to one: the rest of it', async () => {
    const run = copyOf('short', 'short-evaluated');
    const hint = await hintOf(run);
    expect(hint).toBe(`npx atelier train m1 --resume --run ${run}`);
    paste(hint);
    paste(`npx atelier evaluate ${run} --split validation --threads 1`);
  });

  it('that diverged: the same with a lower rate', async () => {
    // What the training itself has said, and has been run above.
    expect(await hintOf('diverged')).toBe(hintIn(lastWord(diverged)));
  });

  it('that has lost it: the same again', async () => {
    const hint = await hintOf('light');
    expect(hint).toBe('npx atelier train m1 --config light/config.json');
    paste(hint);
  });
});

describe('of what was asked for wrongly', () => {
  it.each<readonly [string, readonly string[], string]>([
    ['a run of another model', ['train', 'm2', '--resume', '--run', 'done'], 'train m1 --resume --run done'],
    [
      'artifacts of another model',
      ['graphs', 'm2', '--target', 'ort-training', '--from', 'done'],
      'graphs m1 --target ort-training --from done',
    ],
    ['weights of another model', ['train', 'm1', '--init-from', 'foreign.safetensors'], 'summary m1'],
    ['more images than a report shows', ['report', 'done', '--images', '0-8'], 'activations done --images 0-8'],
    ['an unknown option', ['train', 'm1', '--epohcs', '3'], 'train --help'],
  ])('%s', async (_what, args, expected) => {
    const outcome = await atelier(args, work);
    expect([1, 2]).toContain(outcome.code);
    const hint = hintIn(lastWord(outcome));
    expect(hint).toBe(`npx atelier ${expected}`);
    paste(hint);
  });

  it('a folder that lacks files of the data set', async () => {
    const found = await locateDataset({ manifest: await loadManifest('fashion-mnist'), logger: silent, offline: true });
    const folder = join(work, 'partly');
    mkdirSync(folder);
    const [first, ...others] = found.map(({ path }) => path);
    const bring = (path = '') => symlinkSync(path, join(folder, basename(path)));
    bring(first);
    const hint = hintIn(lastWord(await atelier(['train', 'm1', ...quick, '--dir', 'partly', '--run', 'never'], work)));
    expect(hint).toBe('npx atelier data --dir partly');
    // What the network would.
    others.map(bring);
    paste(hint);
    await succeed(['evaluate', 'done', '--dir', 'partly', '--split', 'validation', '--threads', '1'], work);
  });

  it('no run where there is none yet', async () => {
    const empty = join(work, 'empty');
    mkdirSync(empty);
    const hint = hintIn(lastWord(await atelier(['evaluate', 'nowhere'], empty)));
    expect(hint).toBe('npx atelier train m1');
    paste(`${hint} ${quick.join(' ')} --epochs 1`, empty);
  });
});

it('beside runs that stand apart in a report: their own', async () => {
  const file = join(work, copyOf('done', 'other'), 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...config, data: { ...config.data, fingerprint: '0'.repeat(64) } }));
  await succeed(['report', 'done', 'other', '--out', 'together', '--threads', '1'], work);
  const hint = hintIn(
    readFileSync(join(work, 'together', 'report.md'), 'utf8').split('There are no figures of it')[1] ?? '',
  );
  expect(hint).toBe('npx atelier report other --out together-apart');
  expect(paste(`${hint} --threads 1`)).toContain(join('together-apart', 'report.html'));
  expect(readFileSync(join(work, 'together', 'report.html'), 'utf8')).toContain(`<code>${hint}</code>`);
});

it('in the cards of exports', async () => {
  const args = ['--checkpoint', 'last', '--format', 'safetensors', '--out', 'exported', '--threads', '1'];
  await succeed(['export', 'done', ...args], work);
  const card = readFileSync(join(work, 'exported', 'safetensors', 'README.md'), 'utf8');
  const hints = [...card.matchAll(/npx atelier [^`]*/g)].map(([hint]) => hint);
  expect(hints).toEqual(
    expect.arrayContaining(['npx atelier summary m1', 'npx atelier evaluate done --checkpoint last']),
  );
  const fewImages = (hint: string) => (hint.includes(' evaluate ') ? `${hint} --split validation --threads 1` : hint);
  for (const hint of hints.filter((one) => !one.includes('--init-from'))) paste(fewImages(hint));
});
