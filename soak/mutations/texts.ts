/** Changes of JSON, of lines and of tables that leave most of them readable. */
import type { Mutator } from './bytes.ts';
import type { Dice } from './dice.ts';

type Tree = Record<string, unknown> | unknown[];

/** Written as they are: JSON.stringify knows some of them only as null. */
const rawValues = [
  '1e999',
  '-1e999',
  '1e-400',
  '-0',
  '0.1',
  '-1',
  '1.5',
  '2',
  '0',
  '9007199254740993',
  '4294967296',
  '-2147483649',
  '1e308',
  'NaN',
  'Infinity',
  'null',
  'true',
  'false',
  '""',
  '"NaN"',
  '"\\ud800"',
  '"\\udfff x"',
  '"\\u0000"',
  '"1"',
  '{}',
  '[]',
  '[[]]',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '"../../etc/passwd"',
  '"<script>"',
];

/** Stands for text that is put into the JSON as it is. */
const mark = (text: string) => `\u0001${text}\u0002`;

function written(tree: unknown): Buffer {
  const text = JSON.stringify(tree, undefined, 2) ?? '';
  return Buffer.from(
    text.replace(/"\\u0001((?:[^"\\]|\\.)*?)\\u0002"/gs, (_, inner: string) => String(JSON.parse(`"${inner}"`))),
  );
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null;
}

/** All objects and lists of a value. */
function treesOf(value: unknown): readonly Tree[] {
  if (!isTree(value)) return [];
  return [value, ...Object.values(value).flatMap(treesOf)];
}

function setAt(tree: Tree, key: string, value: unknown): void {
  Object.defineProperty(tree, key, { value, enumerable: true, configurable: true, writable: true });
}

const changes: readonly ((tree: Tree, key: string, dice: Dice) => void)[] = [
  (tree, key) => {
    if (Array.isArray(tree)) tree.splice(Number(key), 1);
    else delete tree[key];
  },
  (tree, key, dice) => setAt(tree, key, mark(dice.pick(rawValues))),
  (tree, key, dice) => setAt(tree, key, otherNumber(Reflect.get(tree, key), dice)),
  (tree, key, dice) => setAt(tree, key, mark(deep(dice.pick(['[', '{"a":']), dice.pick([2, 90, 200, 3_000])))),
  (tree, key, dice) =>
    setAt(
      tree,
      key,
      dice.pick(['x', '😀', '"', '\n']).repeat(dice.pick([1, 300, dice.chance(0.02) ? 1_000_000 : 9_000])),
    ),
  (tree, key, dice) => {
    if (Array.isArray(tree)) tree.splice(dice.below(tree.length + 1), 0, tree[Number(key)]);
    else setAt(tree, dice.pick(['__proto__', 'constructor', 'toString', '', 'x', `${key} `]), tree[key]);
  },
  (tree, key, dice) => {
    const other = dice.pick(Object.keys(tree));
    const [one, two] = [Reflect.get(tree, key), Reflect.get(tree, other)];
    setAt(tree, key, two);
    setAt(tree, other, one);
  },
  (tree) => {
    if (Array.isArray(tree)) tree.reverse();
  },
  (tree, _, dice) => {
    if (Array.isArray(tree)) tree.length = dice.below(tree.length + 1);
  },
  (tree, key) => setAt(tree, key, [Reflect.get(tree, key)]),
  (tree, key) => setAt(tree, key, String(Reflect.get(tree, key))),
];

function deep(open: string, levels: number): string {
  return `${open.repeat(levels)}1${(open === '[' ? ']' : '}').repeat(levels)}`;
}

function otherNumber(value: unknown, dice: Dice): unknown {
  if (typeof value !== 'number')
    return typeof value === 'string' ? `${value.slice(0, -1)}x` : mark(dice.pick(rawValues));
  return dice.pick([
    value + 1,
    value - 1,
    -value,
    value * 1.0001,
    value * 10,
    value / 2,
    value + 1e-12,
    value * 1e9,
    2 ** 31,
  ]);
}

const changeTree: Mutator = (file, dice, other) => {
  let tree: unknown;
  try {
    tree = JSON.parse(file.toString('utf8'));
  } catch {
    // A line of another kind of file, which was put in between.
    return changeDigit(file, dice, other);
  }
  for (let times = dice.chance(0.8) ? 1 : 2; times > 0; times -= 1) {
    const parts = treesOf(tree).filter((part) => Object.keys(part).length > 0);
    if (parts.length === 0) break;
    const part = dice.pick(parts);
    dice.pick(changes)(part, dice.pick(Object.keys(part)), dice);
  }
  return written(tree);
};

/** A key or a value twice; a comma more; a byte order mark; comments. */
const changeWriting: Mutator = (file, dice) => {
  const text = file.toString('utf8');
  const fields = [...text.matchAll(/"(?:[^"\\]|\\.)*"\s*:\s*(?:[^,{}[\]\n]+)/g)];
  const field = fields.length === 0 ? undefined : dice.pick(fields);
  if (field === undefined || dice.chance(0.3))
    return Buffer.from(
      dice.pick([
        `\uFEFF${text}`,
        `${text}${text}`,
        `${text}//`,
        text.replace(',', ',,'),
        text.trim().slice(0, -1),
        ` ${text}\0`,
      ]),
    );
  return Buffer.from(`${text.slice(0, field.index)}${field[0]}, ${text.slice(field.index)}`);
};

/** One digit becomes another. */
const changeDigit: Mutator = (file, dice) => {
  const text = file.toString('utf8');
  const digits = [...text.matchAll(/\d/g)];
  if (digits.length === 0) return file;
  const { index } = dice.pick(digits);
  return Buffer.from(
    `${text.slice(0, index)}${dice.pick([...'0123456789', '.', '-', 'e', ''])}${text.slice(index + 1)}`,
  );
};

export const jsonMutators: readonly Mutator[] = [changeTree, changeTree, changeTree, changeWriting, changeDigit];

function linesOf(file: Buffer): string[] {
  return file.toString('utf8').split(/(?<=\n)/);
}

const changeLines: Mutator = (file, dice, other) => {
  const lines = linesOf(file);
  const [one, two] = [dice.below(lines.length), dice.below(lines.length)];
  const [first = '', second = ''] = [lines[one], lines[two]];
  dice.pick([
    () => lines.splice(one, 1),
    () => lines.splice(two, 0, first),
    () => {
      lines[one] = second;
      lines[two] = first;
    },
    () => lines.splice(one, 0, '\n'),
    () => lines.splice(one, 0, dice.pick(linesOf(other))),
    () => lines.splice(one, 1, first.replace(/\n$/, '')),
    () => lines.splice(one, 1, first.replace(/\n$/, '\r\n')),
    () => lines.splice(one),
  ])();
  return Buffer.from(lines.join(''));
};

/** A change of the value in one line. */
const changeRecord: Mutator = (file, dice, other) => {
  const lines = linesOf(file).filter((line) => line.trim() !== '');
  const at = dice.below(lines.length);
  const line = dice
    .pick(jsonMutators)(Buffer.from(lines[at] ?? '{}'), dice, other)
    .toString('utf8');
  lines[at] = `${line.replaceAll(/\n\s*/g, ' ')}\n`;
  return Buffer.from(lines.join(''));
};

const changeCell: Mutator = (file, dice) => {
  const lines = linesOf(file);
  const at = dice.below(lines.length);
  const cells = (lines[at] ?? '').replace(/\n$/, '').split(',');
  const [one, two] = [dice.below(cells.length), dice.below(cells.length)];
  const [first = '', second = ''] = [cells[one], cells[two]];
  dice.pick([
    () => cells.splice(one, 1),
    () => cells.splice(one, 0, first),
    () => {
      cells[one] = second;
      cells[two] = first;
    },
    () => {
      cells[one] = dice.pick([
        '',
        '"',
        '"a',
        '-1',
        'NaN',
        '1e3',
        '1e-400',
        '0x1',
        '2',
        'true',
        ' 1',
        '1.0000001',
        '٣',
        "'=1+1",
        '"x""y"',
      ]);
    },
  ])();
  lines[at] = `${cells.join(',')}\n`;
  return Buffer.from(lines.join(''));
};

export const lineMutators: readonly Mutator[] = [changeLines, changeDigit];
export const recordMutators: readonly Mutator[] = [...lineMutators, changeRecord, changeRecord];
export const tableMutators: readonly Mutator[] = [...lineMutators, changeCell, changeCell];
