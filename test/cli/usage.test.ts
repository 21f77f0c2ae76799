import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/command-list.ts';
import { workFolder } from './folders.ts';
import { atelier, expectRefusal } from './program.ts';

const work = workFolder();

describe('wrong usage: exit code 2 and one message with the way out', () => {
  it.each<readonly [string, readonly string[], readonly (string | RegExp)[]]>([
    ['no command', [], ['which command', 'train, init, runs, evaluate', '--help']],
    ['a misspelled command', ['trian', 'm1'], ["unknown command 'trian'; did you mean 'train'?"]],
    ['a command far from any', ['zzzzzzz'], ["unknown command 'zzzzzzz'", 'data, graphs, summary']],
    ['no model', ['train'], ['no model was named. Name one of m1, m2', 'the data to choose it for: --data']],
    ['no run', ['evaluate'], ['an argument is missing', 'atelier evaluate <run..>']],
    ['an unknown model', ['train', 'm3'], ["unknown model 'm3'", 'm1, m2', "Did you mean 'm1'?"]],
    [
      'a misspelled option',
      ['train', 'm1', '--bath-size=3'],
      [/^unknown option --bath-size; did you mean '--batch-size'\?/],
    ],
    ['a misspelled switch', ['train', 'm1', '--no-resme'], ["unknown option --no-resme; did you mean '--no-resume'?"]],
    [
      'several of them',
      ['train', 'm1', '--epohcs', '3', '-x'],
      [/--epohcs; did you mean '--epochs'\?\nunknown option -x/],
    ],
    ['an argument too many', ['train', 'm1', 'now'], ["unexpected argument 'now'", 'atelier train --help']],
    ['an option without its value', ['train', 'm1', '--epochs'], ['--epochs: expected a value after it']],
    ['an unknown device', ['train', 'm1', '--device', 'gpu'], ["--device: expected one of 'auto', 'cpu'", "got 'gpu'"]],
    ['a misspelled device', ['train', 'm1', '--device', 'cdua'], ["got 'cdua'; did you mean 'cuda'?"]],
    ['a misspelled optimizer', ['train', 'm1', '--optimizer', 'adamm'], ["did you mean 'adam'?"]],
    ['a misspelled model', ['summary', 'm'], ["Did you mean 'm1'?"]],
    ['an unknown log level', ['summary', 'm1', '--log-level', 'loud'], ['--log-level', "got 'loud'"]],
    [
      'a value that is no number',
      ['train', 'm1', '--epochs', 'many'],
      [/^--epochs: expected a whole number, got 'many'\. See: npx atelier train --help$/],
    ],
    [
      'several of them, in whatever way they are written',
      ['train', 'm1', '-b', '1O0', '--lr=small', '--stepsPerCall', '3,5', '--seed', '7', '--no-early-stop'],
      [
        /^-b: expected a whole number, got '1O0'$/m,
        /^--lr: expected a number, got 'small'$/m,
        /^--stepsPerCall: expected a whole number, got '3,5'\. See/m,
      ],
    ],
    ['no number, twice', ['train', 'm1', '-e', 'few', '-e', '2'], [/^-e: expected a whole number, got 'few'\. See/]],
    [
      'an empty value, of a variable that is not set',
      ['train', 'm1', '--seed=', '--lr', '', '--run=', '--resume', '-e', ' '],
      [
        /^--seed: expected a whole number, got ''$/m,
        /^--lr: expected a number, got ''$/m,
        /^--run: expected a value, got ''$/m,
        /^-e: expected a whole number, got ' '\. See/m,
      ],
    ],
    ['an empty value of another command', ['export', 'run', '--opset='], ["--opset: expected a whole number, got ''"]],
    [
      'a switch set to something',
      ['train', 'm1', '--resume=', '--profile=yes', '--tensorboard=false'],
      [/^--resume: expected nothing after it, or true or false, got ''\n--profile: .*, got 'yes'\. See/],
    ],
    [
      'no numbers in a list',
      ['train', 'm1', '--dropout', '0.1,x', '--mean='],
      [
        /^--dropout: expected a number, or several with commas between them, got '0.1,x'$/m,
        /^--mean: expected a number, or several with commas between them, got ''\. See/m,
      ],
    ],
    [
      'several kinds of mistakes at once',
      ['train', '--epohcs', '3', '--lr', 'x', '-b', '1', '-b', '2'],
      [
        "unknown option --epohcs; did you mean '--epochs'?\n--lr: expected a number, got 'x'\n" +
          '--batch-size: expected one value, got 2: 1, 2. Give it once.',
      ],
    ],
    [
      'more means than channels',
      ['train', 'm1', '--mean', '0.1,0.2'],
      [/^--mean: expected one number, for the one channel of the images, got \[0\.1,0\.2\]$/],
    ],
    ['an empty choice', ['train', 'm1', '--device='], ["--device: expected one of 'auto', 'cpu'", "got ''"]],
    ['threads that would take all memory', ['train', 'm1', '--threads', '1000000'], ['--threads', '1 to 256']],
    [
      'an impossible batch size of graphs',
      ['graphs', 'm1', '--batch-size', '0'],
      ['--batch-size', 'from 1 to 1048576, got 0'],
    ],
    ['a run that does not exist', ['evaluate', 'nowhere'], ["'nowhere' is no run folder", 'train']],
  ])('%s', async (_name, args, parts) => {
    expectRefusal(await atelier(args, work), 2, ...parts);
  });

  it('speaks English whatever the locale', async () => {
    const outcome = await atelier(['train', 'm1', '--epohcs', '3'], work, ['env', 'LANG=de_DE.UTF-8', 'LC_ALL=de_DE']);
    expectRefusal(outcome, 2, "did you mean '--epochs'?");
  });
});

it('refuses an option given twice that takes one value, not a switch given twice', async () => {
  const outcome = await atelier(['train', 'm1', '--resume', '--resume', '-e', '1', '-e', '2'], work);
  expectRefusal(outcome, 2, /^--epochs: expected one value, got 2: 1, 2\./);
});

it.each(['--epochs 1 --epochs 2', '--epochs=1 -e 2'])('refuses a number given twice: %s', async (given) => {
  const outcome = await atelier(['train', 'm1', ...given.split(' ')], work);
  expectRefusal(outcome, 2, '--epochs: expected one value, got 2: 1, 2. Give it once.');
});

it.each([
  ['graphs', 'm1'],
  ['train', 'm1'],
  ['evaluate', 'run'],
  ['compare', 'run', 'other'],
  ['predict', 'run', '3'],
  ['activations', 'run'],
  ['report', 'run'],
  ['export', 'run'],
  ['bench'],
])('refuses text for each number that %s takes', async (command, ...rest) => {
  // From its own table, so that the next number is tried as well.
  const options = (await commands.find(({ name }) => name === command)?.load())?.options ?? {};
  const numbers = Object.entries(options).flatMap(([name, { type }]) =>
    type === 'whole' || type === 'number' ? [`--${name}`] : [],
  );
  expect(numbers).not.toEqual([]);
  const outcome = await atelier([command, ...rest, ...numbers.flatMap((name) => [name, 'many'])], work);
  const lines = numbers.map((name) => new RegExp(`^${name}: expected a (whole )?number, got 'many'(\\. See|$)`, 'm'));
  expectRefusal(outcome, 2, ...lines);
});

it('takes several values where an argument is a list', async () => {
  const { code, stderr } = await atelier(['evaluate', 'first', 'second'], work);
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/'first' is no run folder[\s\S]*'second' is no run folder/),
  ]);
});

it('takes words after -- for what they are', async () => {
  const { stderr } = await atelier(['evaluate', '--', '--first', 'second'], work);
  expect(stderr).toMatch(/'--first' is no run folder[\s\S]*'second' is no run folder/);
});

it('--help and --version answer on standard output', async () => {
  const help = await atelier(['train', '--help'], work);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toMatch(/--checkpoint-every/);
  expect(help.stdout).toMatch(/^ {2}--optimizer +adam +adamw +adamw$/m);
  const version = await atelier(['--version'], work);
  expect(version).toMatchObject({ code: 0, stderr: '' });
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
