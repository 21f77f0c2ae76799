import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/command-list.ts';
import { commandHelp, helpText, helpWidth } from '../../src/cli/help.ts';
import { entryLines, wrapped } from '../../src/cli/help-layout.ts';
import { entryOf } from '../models.ts';

const names = {
  models: ['m1', 'm2'],
  runs: ['artifacts/runs/m1-20260101-120000', 'artifacts/runs/m2-20260101-130000'],
  recipes: { m1: entryOf('m1').recipe, m2: entryOf('m2').recipe },
} as const;
const loaded = await Promise.all(
  commands.map(async (entry) => ({ entry, name: entry.name, command: await entry.load() })),
);

/** Lines to paste are not broken: a shell would take half of them. */
const tooWide = (text: string, width: number) =>
  text.split('\n').filter((line) => line.length > width && !line.startsWith('  npx atelier '));

describe.each(loaded)('help of $name', ({ entry, command }) => {
  it.each([60, 80, 100])('fits %i columns, and names every option once', (width) => {
    const text = commandHelp(entry, command, names, width);
    expect(tooWide(text, Math.max(width, 72))).toEqual([]);
    const [body = ''] = text.split('\n\nWhat is trained with');
    for (const name of Object.keys(command.options))
      expect(body.match(new RegExp(`^ {2}( {4}|-\\w, )--${name}( |$)`, 'gm')) ?? [], name).toHaveLength(1);
  });
});

it('help of the program names every command', () => {
  const overview = { description: 'Does something', examples: () => [] };
  const text = helpText(commands, overview, names, 80);
  for (const { name } of commands) expect(text).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
  expect(tooWide(text, 80)).toEqual([]);
});

describe('help of train', () => {
  const train = loaded.find(({ name }) => name === 'train');
  const text = train === undefined ? '' : commandHelp(train.entry, train.command, names, 80);

  it('has groups, the common options first', () => {
    expect(text.match(/^[A-Z][^\n]*(?=\n {2})/gm)).toEqual([
      'Arguments',
      'Common',
      'Images',
      'Optimizer (in brackets: of which, and its default)',
      'Schedule (in brackets: of which, and its default)',
      'Regularization',
      'Run',
      'Computing',
      'Of every command',
      'What is trained with where no option says otherwise',
      'Examples',
    ]);
  });

  it('has the defaults of each model with a recipe, and of all others', () => {
    expect(text).toMatch(/^ +m1 +m2 +other models$/m);
    expect(text).toMatch(/^ {2}--epochs +12 +12 +20$/m);
    expect(text).toMatch(/^ {2}--patience +2$/m);
    expect(text).toMatch(/^ {2}--augmentation +none +on +none$/m);
    expect(text).toMatch(/^ {2}--mean +0\.286 +0\.5 +the images' own$/m);
  });
});

it('columns for help are those of the terminal, within what can be read', () => {
  expect([undefined, 20, 72, 300].map(helpWidth)).toEqual([80, 40, 72, 100]);
});

it('a long name stands on a line of its own, and a long word is not cut', () => {
  const name = '--a-name-that-is-longer-than-the-others';
  expect(
    entryLines(
      [
        { left: '-a', text: 'one two' },
        { left: name, text: 'three' },
      ],
      9,
    ),
  ).toEqual(['-a  one', '    two', name, '    three']);
  expect(wrapped('a incomprehensibilities b', 5)).toEqual(['a', 'incomprehensibilities', 'b']);
});
