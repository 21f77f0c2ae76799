import { AtelierError, UsageError } from '../../errors.ts';
import { thousands } from '../../text/numbers.ts';
import { oneLine } from '../../text/printable.ts';
import type { SplitName } from '../dataset.ts';

/** A picture file and its class. */
export interface ListedPicture {
  /** Below the folder, or as the table writes it; with slashes. */
  readonly name: string;
  /** Where it is. */
  readonly path: string;
  /** The number of its class. */
  readonly label: number;
  /** Null where nobody has divided the pictures. */
  readonly part: SplitName | null;
}

/** What there is, before any picture is read. */
export interface Listing {
  readonly kind: 'folder' | 'csv';
  /** The folder or the table. */
  readonly path: string;
  /** For people: its name without the folders above. */
  readonly title: string;
  /** In the order of their numbers. */
  readonly classes: readonly string[];
  /** By name, in one order on every machine. */
  readonly pictures: readonly ListedPicture[];
  /** What was left out, a line each: `3 hidden files`. */
  readonly leftOut: readonly string[];
}

/** A picture that is named with its class. */
export interface NamedPicture extends Omit<ListedPicture, 'label'> {
  readonly className: string;
}

/** What a part may be called. */
const partNames: Readonly<Record<string, SplitName>> = {
  train: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
};

/** The names of a part that are understood: `train, val, …`. */
export const partNamesText = Object.keys(partNames).join(', ');

/** The part of that name; undefined where it is no part's. */
export function partNamed(name: string): SplitName | undefined {
  const lower = name.toLowerCase();
  return Object.hasOwn(partNames, lower) ? partNames[lower] : undefined;
}

/** In the order of code points, as Python sorts. */
export function byCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/**
 * The classes of pictures, numbered in the order of their names (by value where all are whole numbers).
 *
 * @param place the folder or file, for messages
 * @throws AtelierError where there are fewer than two, or two that differ by case only
 */
export function listPictures(
  { kind, path, title, leftOut }: Omit<Listing, 'classes' | 'pictures'>,
  named: readonly NamedPicture[],
): Listing {
  const classes = orderedClasses(new Set(named.map(({ className }) => className)));
  const unsuited = (problem: string) =>
    new AtelierError(`'${path}' ${problem}${leftOut.length === 0 ? '' : ` Left out: ${leftOut.join('; ')}.`}`, {
      code: 'data-unsuited',
    });
  if (named.length === 0)
    throw unsuited(
      kind === 'csv'
        ? 'names no pictures. Expected a row for each: path,label, and perhaps split.'
        : 'holds no pictures in folders of classes. Expected a folder for each class with pictures in it: CLASS/PICTURE, or train/CLASS/PICTURE.',
    );
  const [only = ''] = classes;
  if (classes.length < 2)
    throw unsuited(
      `has ${thousands(named.length)} ${named.length === 1 ? 'picture' : 'pictures'} of one class, '${oneLine(only)}'; a classifier needs two classes at least.${kind === 'csv' ? '' : ' Put each class into a folder of its own.'}`,
    );
  refuseTwins(path, classes);
  const numbers = new Map(classes.map((name, label) => [name, label]));
  const pictures = named.map(({ className, ...picture }) => ({ ...picture, label: numbers.get(className) ?? 0 }));
  if (named.some(({ part }) => part !== null)) checkParts(path, classes, pictures);
  return { kind, path, title, classes, pictures: pictures.toSorted((a, b) => byCodePoints(a.name, b.name)), leftOut };
}

function orderedClasses(names: ReadonlySet<string>): readonly string[] {
  const numeric = [...names].every((name) => /^\d{1,9}$/.test(name));
  return [...names].sort(numeric ? (a, b) => Number(a) - Number(b) || byCodePoints(a, b) : byCodePoints);
}

/** On other machines, and to people, such names are one. */
function refuseTwins(path: string, classes: readonly string[]): void {
  const known = new Map<string, string>();
  for (const name of classes) {
    const folded = name.normalize('NFC').toLowerCase();
    const twin = known.get(folded);
    if (twin !== undefined)
      throw new AtelierError(
        `'${path}' has the classes '${oneLine(twin)}' and '${oneLine(name)}', which differ only in how they are written. Put their pictures together, or rename one.`,
        { code: 'data-unsuited' },
      );
    known.set(folded, name);
  }
}

/** Pictures that are divided already train some classes, and ask for no others. */
function checkParts(path: string, classes: readonly string[], pictures: readonly ListedPicture[]): void {
  const trained = new Set(pictures.filter(({ part }) => part === 'train').map(({ label }) => label));
  if (trained.size === 0)
    throw new UsageError(`'${path}' has no pictures to train on: expected a part called train.`, {
      code: 'data-unsuited',
    });
  const untrained = classes.filter((_, label) => !trained.has(label));
  if (untrained.length === 0) return;
  throw new UsageError(
    `'${path}' has no training pictures of ${untrained.map((name) => `'${oneLine(name)}'`).join(', ')}, which its other parts ask for. Name the classes alike in all parts.`,
    { code: 'data-unsuited' },
  );
}
