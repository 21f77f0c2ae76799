/** The list of commands says the same as the commands themselves, and every setting that messages name is an option of one. */
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/command-list.ts';
import { usageWords } from '../../src/cli/options.ts';
import { readLine } from '../../src/cli/read-line.ts';
import { recipeOptions } from '../../src/cli/recipe-options.ts';
import { flags } from '../../src/cli/wording.ts';

const loaded = await Promise.all(commands.map(async (entry) => ({ ...entry, command: await entry.load() })));

describe.each(loaded)('$name', ({ name, usage, command }) => {
  it('is called as the list of commands says', () => {
    expect(usageWords(command.arguments).join(' ')).toBe(usage);
  });

  it('loses no word that stands after --', () => {
    const places = Object.keys(command.arguments);
    const { values, problems } = readLine([name, '--', '--one', '-q', 'two'], name, command.options, command.arguments);
    const taken = Object.entries(values).flatMap(([place, value]) => (places.includes(place) ? value : []));
    const left = problems.map((problem) => /^unexpected argument '(.*)'$/.exec(problem)?.[1]);
    expect([...taken, ...left]).toEqual(['--one', '-q', 'two']);
    expect(values).toMatchObject({ quiet: false });
  });

  it('has examples that can be read', () => {
    const names = { models: ['m1', 'm2'], runs: ['runs/one', 'runs/other'], recipes: {} } as const;
    const examples = command.examples(names);
    expect(examples.length).toBeGreaterThan(0);
    for (const [line] of examples) expect(() => command.begin(line.split(' '), name), line).not.toThrow();
  });
});

it('every setting has an option', () => {
  const known = new Set(loaded.flatMap(({ command }) => Object.keys(command.options)));
  expect(Object.values(flags).filter((flag) => !known.has(flag))).toEqual([]);
});

it('every option of a recipe is one of train', () => {
  const train = loaded.find(({ name }) => name === 'train');
  expect(Object.keys(train?.command.options ?? {})).toEqual(expect.arrayContaining(Object.keys(recipeOptions)));
});
