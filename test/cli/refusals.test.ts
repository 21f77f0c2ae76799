import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { contentOf, copyFolder, workFolder } from './folders.ts';
import { atelier, expectRefusal } from './program.ts';
import { tiny } from './settings.ts';

const work = workFolder();
const run = join('artifacts', 'runs', 'a');

/** Runs the program and expects one message, and every file below the work folder as it was. */
async function expectUntouched(args: readonly string[], code: 1 | 2, ...parts: readonly (string | RegExp)[]) {
  const before = contentOf(work);
  expectRefusal(await atelier(args, work), code, ...parts);
  expect(contentOf(work)).toEqual(before);
}

copyFolder(join(inject('runs'), 'm1'), join(work, run));

describe('an impossible request', () => {
  const file = (name: string, value: unknown) => {
    writeFileSync(join(work, name), JSON.stringify(value));
    return ['train', 'm1', ...tiny, '--config', name];
  };

  it('no training images', async () => {
    const parts = ['--limit-train', 'from 1 to 54000', 'got 0'];
    await expectUntouched(['train', 'm1', '--limit-train', '0', '--batch-size', '1'], 2, ...parts);
  });

  it('more images than there are', async () => {
    await expectUntouched(['train', 'm1', '--limit-val', '6001'], 2, '--limit-val', 'from 1 to 6000', 'got 6001');
  });

  it('a batch larger than the data', async () => {
    const parts = ['batch size 101 is larger than the 100 training images', 'from 1 to 100'];
    await expectUntouched(['train', 'm1', '--limit-train', '100', '--batch-size', '101'], 2, ...parts);
  });

  it('absurd options, all of them in one message', async () => {
    const absurd = ['--epochs', '0', '--lr', '-1', '--dropout', '1', '--seed', '-1', '--mean', '7'];
    const lines = [
      /^--epochs: .*got 0$/m,
      /^--lr: .*got -1$/m,
      /^--dropout: .*below 1.*got 1$/m,
      /^--seed: .*got -1$/m,
    ];
    await expectUntouched(['train', 'm1', ...absurd], 2, ...lines, /^--mean: .*got 7$/m);
    await expectUntouched(['train', 'm1', '--optimizer', 'adm'], 2, /^--optimizer: .*did you mean 'adam'\?/);
  });

  it.each(['--max-steps', '--checkpoint-every', '--threads'])('%s 0', async (option) => {
    await expectUntouched(['train', 'm1', option, '0'], 2, new RegExp(`^${option}: expected a whole number .* got 0`));
  });

  it('a configuration with an unknown key', async () => {
    const args = file('unknown.json', { epochs: 1, bachSize: 3 });
    await expectUntouched(
      args,
      2,
      "unknown key 'bachSize' in configuration 'unknown.json'",
      "did you mean 'batchSize'?",
    );
  });

  it('a configuration with absurd values', async () => {
    const args = file('absurd.json', {
      optimizer: { lr: -1 },
      dropout: 1,
      schedule: { name: 'plateau', patience: -1 },
    });
    await expectUntouched(args, 2, "'optimizer.lr'", "'dropout'", "'schedule.patience'", 'got -1', "'absurd.json'");
  });

  it('a configuration that is missing or no JSON', async () => {
    await expectUntouched(['train', 'm1', '--config', 'nowhere.json'], 2, "'nowhere.json': it does not exist");
    writeFileSync(join(work, 'torn.json'), '{"epochs": ');
    await expectUntouched(['train', 'm1', '--config', 'torn.json'], 2, "'torn.json' is not JSON", 'Expected an object');
  });
});

describe('a run folder that cannot be begun in', () => {
  it('holds a run already', async () => {
    const parts = [`'${run}' already holds a run of model m1`, `--resume --run ${run}`];
    await expectUntouched(['train', 'm1', ...tiny, '--run', run], 2, ...parts);
    await expectUntouched(
      ['train', 'm2', ...tiny, '--run', run],
      2,
      'already holds a run of model m1',
      'another folder',
    );
  });

  it('holds something else', async () => {
    mkdirSync(join(work, 'letters'));
    writeFileSync(join(work, 'letters', 'dear.txt'), 'Dear');
    await expectUntouched(['train', 'm1', ...tiny, '--run', 'letters'], 2, "'letters'", 'not empty', 'dear.txt');
  });

  it('holds somebody’s checkpoints', async () => {
    mkdirSync(join(work, 'saved', 'checkpoints'), { recursive: true });
    writeFileSync(join(work, 'saved', 'checkpoints', 'best.safetensors'), 'dear');
    await expectUntouched(['train', 'm1', ...tiny, '--run', 'saved'], 2, 'not empty', 'checkpoints/best.safetensors');
  });

  it('is a file', async () => {
    writeFileSync(join(work, 'note'), 'Dear');
    await expectUntouched(['train', 'm1', ...tiny, '--run', 'note'], 1, "'note'", 'Choose another');
  });
});

describe('a run that cannot be resumed', () => {
  it('is of another model', async () => {
    const parts = ['is a run of model m1, not of m2', `train m1 --resume --run ${run}`];
    await expectUntouched(['train', 'm2', '--resume', '--run', run], 2, ...parts);
  });

  it('has another batch size, seed, rate and number of images: each named, before any work', async () => {
    const other = ['--batch-size', '20', '--seed', '7', '--lr', '0.1', '--limit-train', '80', '--no-augmentation'];
    await expectUntouched(
      ['train', 'm1', '--resume', '--run', run, ...other],
      2,
      `'${run}' cannot be resumed as another run`,
      /^batchSize: 40 in the run, 20 requested$/m,
      /^seed: 42 in the run, 7 requested$/m,
      /^optimizer\.lr: 0\.001 in the run, 0\.1 requested$/m,
      /^limits\.train: 100 in the run, 80 requested$/m,
    );
  });

  it('would have fewer epochs than it has', async () => {
    const longer = copyFolder(join(work, run), join(work, 'longer'));
    const path = join(longer, 'config.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"epochs": 1', '"epochs": 3'));
    const args = ['train', 'm1', '--resume', '--run', 'longer', '--epochs', '2'];
    await expectUntouched(args, 2, 'epochs: 3 in the run, 2 requested; it may only grow');
  });

  it('was trained on other data', async () => {
    const changed = copyFolder(join(work, run), join(work, 'changed'));
    const path = join(changed, 'config.json');
    const fingerprint = /"fingerprint": "([0-9a-f]{64})"/;
    writeFileSync(path, readFileSync(path, 'utf8').replace(fingerprint, `"fingerprint": "${'0'.repeat(64)}"`));
    await expectUntouched(['train', 'm1', '--resume', '--run', 'changed'], 2, /^data\.fingerprint: '0000/m);
  });

  it('has a spoilt configuration', async () => {
    const spoilt = copyFolder(join(work, run), join(work, 'spoilt'));
    const path = join(spoilt, 'config.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"batchSize": 40', '"batchSize": "forty"'));
    await expectUntouched(['train', 'm1', '--resume', '--run', 'spoilt'], 1, "'recipe.batchSize'", "got 'forty'");
    writeFileSync(path, '{');
    await expectUntouched(['train', 'm1', '--resume', '--run', 'spoilt'], 1, "'spoilt/config.json'");
  });

  it('gets a configuration file on top', async () => {
    writeFileSync(join(work, 'more.json'), '{"epochs": 2}');
    const args = ['train', 'm1', '--resume', '--run', run, '--config', 'more.json'];
    await expectUntouched(args, 2, '--config and --resume exclude each other');
  });

  it('does not exist', async () => {
    await expectUntouched(['train', 'm1', '--resume', '--run', 'nowhere'], 2, "'nowhere' is no run folder");
  });

  it('is not there to be chosen: none of the model, or all finished', async () => {
    await expectUntouched(['train', 'm2', '--resume'], 2, 'no unfinished run of m2', 'start anew');
    await expectUntouched(['train', 'm1', '--resume'], 2, 'no unfinished run of m1', '--epochs');
  });
});
