import { describe, expect, it } from 'vitest';
import { globalOptions } from '../../src/cli/global-options.ts';
import type { Arguments, Options } from '../../src/cli/options.ts';
import { commandWord, readLine } from '../../src/cli/read-line.ts';

const options = {
  'batch-size': { type: 'whole', alias: 'b', description: 'Images' },
  rate: { type: 'number', description: 'Rate' },
  dropout: { type: 'numbers', description: 'Rates' },
  format: { type: 'text', alias: 'f', many: true, description: 'Formats' },
  split: { type: 'choice', choices: ['test', 'train'], description: 'Images' },
  'early-stop': { type: 'whole', refusable: true, description: 'Epochs' },
  quick: { type: 'switch', alias: 'q', default: false, description: 'Quickly' },
  out: { type: 'text', default: 'here', description: 'Folder' },
} as const satisfies Options;

const table = {
  run: { description: 'Run' },
  images: { many: true, description: 'Images' },
} as const satisfies Arguments;

const read = (line: string) => readLine(['do', ...line.split(' ').filter((word) => word !== '')], 'do', options, table);

const usual = { run: 'r', images: ['i'], quick: false, out: 'here' };

describe('reading a line', () => {
  it.each<[string, object]>([
    ['r i', {}],
    ['r i j', { images: ['i', 'j'] }],
    ['-b 3 r i', { batchSize: 3 }],
    ['r -b3 i', { batchSize: 3 }],
    ['r i -b=3', { batchSize: 3 }],
    ['r i --batch-size=3', { batchSize: 3 }],
    ['r i --batchSize 3', { batchSize: 3 }],
    ['r i --rate -1e-3', { rate: -1e-3 }],
    ['r i --rate -.5', { rate: -0.5 }],
    ['r i --dropout .25', { dropout: 0.25 }],
    ['r i --dropout 0.1,0.2', { dropout: [0.1, 0.2] }],
    ['r i -f a --format b', { format: ['a', 'b'] }],
    ['r i --split train', { split: 'train' }],
    ['r i --early-stop 0', { earlyStop: 0 }],
    ['r i --no-early-stop', { earlyStop: null }],
    ['r i --quick', { quick: true }],
    ['r i --quick true', { quick: true }],
    ['r i --quick=false', { quick: false }],
    ['r i --quick --no-quick', { quick: false }],
    ['r i -qb 3', { quick: true, batchSize: 3 }],
    ['r i --out=a=b', { out: 'a=b' }],
    ['r i -fa=b', { format: ['a=b'] }],
    ['r -', { images: ['-'] }],
    ['r -3', { images: ['-3'] }],
    ['-b 3 -- r -q --rate', { batchSize: 3, images: ['-q', '--rate'] }],
  ])('%s', (line, expected) => {
    const { values, problems } = read(line);
    expect(problems).toEqual([]);
    expect(JSON.parse(JSON.stringify(values))).toEqual({ ...usual, ...expected });
  });

  it.each<[string, string]>([
    ['r i -b', '-b: expected a value after it, found none'],
    ['r i -b --quick', '-b: expected a value after it, found none'],
    ['r i --no-early-stop=3', "--no-early-stop: expected nothing after it, got '3'"],
    ['r i --no-batch-size', "unknown option --no-batch-size; did you mean '--batch-size'?"],
    ['r i --split tset', "--split: expected one of 'test', 'train', got 'tset'; did you mean 'test'?"],
    ['r i --quick=1', "--quick: expected nothing after it, or true or false, got '1'"],
    ['r i --dropout 0.1,', "--dropout: expected a number, or several with commas between them, got '0.1,'"],
    ['r i -q- --rate 1', "-q: expected nothing after it, or true or false, got '-'"],
    ['r i --out -- j', '--out: expected a value after it, found none'],
    ['r i --out a --out b', '--out: expected one value, got 2: a, b. Give it once.'],
    ['r i -z', 'unknown option -z'],
    ['r', 'an argument is missing; expected: atelier do <run> <images..>'],
  ])('%s is refused', (line, problem) => {
    expect(read(line).problems).toEqual([problem]);
  });
});

describe('the word that names the command', () => {
  it.each<[string, string | undefined]>([
    ['train m1', 'train'],
    ['--quiet train', 'train'],
    ['--log-level debug train', 'train'],
    ['--epochs 3 train', 'train'],
    ['--json', undefined],
  ])('%s', (line, word) => {
    expect(commandWord(line.split(' '), globalOptions)).toBe(word);
  });
});
