/** Messages in the words of programs and of the command line. */
import { expect, it } from 'vitest';
import { commandWording } from '../src/cli/wording.ts';
import { AtelierError, textOf } from '../src/errors.ts';
import {
  call,
  joined,
  libraryWording,
  type Part,
  preparation,
  recipeField,
  said,
  setting,
  settingOf,
  settings,
  wordedFor,
} from '../src/message.ts';
import { RecipeError } from '../src/recipe/recipe-error.ts';

const shell = commandWording('m1');

it.each<[Part, program: string, line: string]>([
  [setting('limitValidation'), 'limitValidation', '--limit-val'],
  [setting('device', 'cpu'), "{ device: 'cpu' }", '--device cpu'],
  [settings(['resume', true], ['run', 'a']), "{ resume: true, run: 'a' }", '--resume --run a'],
  [settingOf('train', 'initFrom'), 'initFrom of train', 'train --init-from'],
  [recipeField('optimizer', 'lr'), "'optimizer.lr'", '--lr'],
  [recipeField('dropout', 1), "'dropout[1]'", '--dropout'],
  [call('summary'), 'summary(…)', 'npx atelier summary'],
  [call('train'), 'train(…)', 'npx atelier train m1'],
  [
    call('train', { model: 'm2', resume: true, run: "o'd d" }),
    "train({ model: 'm2', resume: true, run: 'o\\'d d' })",
    "npx atelier train m2 --resume --run 'o'\\''d d'",
  ],
  [
    call('activations', { run: 'a', images: '0-2', device: undefined, threads: null }),
    "activations('a', { images: '0-2' })",
    'npx atelier activations a --images 0-2',
  ],
  [call('compare', { runs: ['a', 'b'] }), "compare(['a', 'b'])", 'npx atelier compare a b'],
  [preparation('packages'), 'npm install', 'npm ci'],
])('%j', (part, program, line) => {
  expect([wordedFor(said`${part}`, libraryWording), wordedFor(said`${part}`, shell)]).toEqual([program, line]);
});

it('a message within another keeps its parts, an error within another, too', () => {
  const inner = new AtelierError(said`leave ${setting('dataDirectory')} out`, { code: 'invalid-setting' });
  const outer = new AtelierError(said`cannot go on: ${textOf(inner)} (${2} times)`, { code: 'file-unusable' });
  expect(outer).toMatchObject({
    code: 'file-unusable',
    exitCode: 1,
    message: 'cannot go on: leave dataDirectory out (2 times)',
  });
  expect(outer.worded(shell)).toBe('cannot go on: leave --dir out (2 times)');
  expect(wordedFor(joined(['a', inner, 'b'], '\n'), shell)).toBe('a\nleave --dir out\nb');
});

it('a fault of the program has no code of its own', () => {
  expect(new AtelierError('internal: no such graph')).toMatchObject({
    code: 'internal',
    parts: ['internal: no such graph'],
  });
});

it('problems with a recipe are told by their option where an option made them; lines that read alike once', () => {
  const error = new RecipeError([
    { path: ['dropout', 0], kind: 'value', text: 'expected a rate, got 2', layer: 'options' },
    { path: ['dropout', 1], kind: 'value', text: 'expected a rate, got 2', layer: 'options' },
    { path: ['optimizer', 'momentum'], kind: 'unknown', text: 'sgd has it', layer: 'options' },
    { path: ['epochs'], kind: 'value', text: 'expected 1', layer: 'file', file: 'a.json' },
  ]);
  expect(error).toMatchObject({ code: 'invalid-recipe', exitCode: 2 });
  expect(error.message.split('\n')).toEqual([
    "'dropout[0]': expected a rate, got 2",
    "'dropout[1]': expected a rate, got 2",
    "unknown key 'optimizer.momentum'; sgd has it",
    "'epochs' in configuration 'a.json': expected 1",
  ]);
  expect(error.worded(shell).split('\n')).toEqual([
    '--dropout: expected a rate, got 2',
    '--momentum: sgd has it',
    "'epochs' in configuration 'a.json': expected 1",
  ]);
});
