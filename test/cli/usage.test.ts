import { describe, expect, it } from 'vitest';
import { workFolder } from './folders.ts';
import { atelier, expectRefusal } from './program.ts';

const work = workFolder();

describe('wrong usage: exit code 2 and one message with the way out', () => {
  it.each<readonly [string, readonly string[], readonly (string | RegExp)[]]>([
    ['no command', [], ['which command', 'train, evaluate', '--help']],
    ['a misspelled command', ['trian', 'm1'], ["unknown command 'trian'; did you mean 'train'?"]],
    ['a command far from any', ['zzzzzzz'], ["unknown command 'zzzzzzz'", 'data, graphs, summary']],
    ['no model', ['train'], ['an argument is missing', 'atelier train <model>']],
    ['an unknown model', ['train', 'm3'], ["unknown model 'm3'", 'm1, m2', "Did you mean 'm1'?"]],
    [
      'a misspelled option',
      ['train', 'm1', '--bath-size=3'],
      [/^unknown option --bath-size; did you mean '--batch-size'\?/],
    ],
    ['a misspelled switch', ['train', 'm1', '--no-resme'], ["unknown option --resme; did you mean '--resume'?"]],
    [
      'several of them',
      ['train', 'm1', '--epohcs', '3', '-x'],
      [/--epohcs; did you mean '--epochs'\?\nunknown option -x/],
    ],
    ['an argument too many', ['train', 'm1', 'now'], ["unexpected argument 'now'", 'atelier train --help']],
    ['an option without its value', ['train', 'm1', '--epochs'], ['--epochs: expected a value after it']],
    ['an unknown device', ['train', 'm1', '--device', 'gpu'], ["--device: expected one of 'auto', 'cpu'", "got 'gpu'"]],
    ['an unknown log level', ['summary', 'm1', '--log-level', 'loud'], ['--log-level', "got 'loud'"]],
    ['a value that is no number', ['train', 'm1', '--epochs', 'many'], ['--epochs: expected a whole number']],
    ['threads that would take all memory', ['train', 'm1', '--threads', '1000000'], ['--threads', '1 to 256']],
    [
      'an impossible batch size of graphs',
      ['graphs', 'm1', '--batch-size', '0'],
      ['--batch-size', 'at least 1, got 0'],
    ],
    ['a run that does not exist', ['evaluate', 'nowhere'], ["'nowhere' is no run folder", 'train']],
  ])('%s', async (_name, args, parts) => {
    expectRefusal(await atelier(args, work), 2, ...parts);
  });

  it('speaks English whatever the locale, since the messages are made from yargs’ own', async () => {
    const outcome = await atelier(['train', 'm1', '--epohcs', '3'], work, ['env', 'LANG=de_DE.UTF-8', 'LC_ALL=de_DE']);
    expectRefusal(outcome, 2, "did you mean '--epochs'?");
  });
});

it('refuses an option given twice that takes one value, not a switch given twice', async () => {
  const outcome = await atelier(['train', 'm1', '--resume', '--resume', '-e', '1', '-e', '2'], work);
  expectRefusal(outcome, 2, /^--epochs: expected one value, got 2: 1, 2\./);
});

it('takes several values where an argument is a list', async () => {
  expectRefusal(await atelier(['evaluate', 'first', 'second'], work), 2, "'first' is no run folder");
});

it('--help and --version answer on standard output', async () => {
  const help = await atelier(['train', '--help'], work);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(/--checkpoint-every/);
  const version = await atelier(['--version'], work);
  expect(version).toMatchObject({ code: 0, stderr: '' });
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
