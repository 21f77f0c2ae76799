import { AtelierError, UsageError } from '../../errors.ts';
import { said, setting } from '../../message.ts';
import type { Dataset } from '../dataset.ts';
import type { DataOptions } from './options.ts';

/** What is divided. */
export interface Dividable {
  /** The folder or file, for messages. */
  readonly path: string;
  /** Images of the parts that it comes in. */
  readonly counts: Dataset['counts'];
  /** Whether it comes in parts. */
  readonly isDivided: boolean;
}

const usualShare = 0.1;

/**
 * The shares of the training images that are held out: as asked for; by default a tenth each of what comes in no parts, and
 * a tenth to validate with of what comes in parts without one for that.
 *
 * @throws UsageError where they leave nothing to train or validate with, or a part is there already
 */
export function sharesOf(
  { path, counts, isDivided }: Dividable,
  options: Pick<DataOptions, 'validation' | 'test'>,
): { readonly validation: number; readonly test: number } {
  for (const name of ['validation', 'test'] as const)
    if (counts[name] !== undefined && (options[name] ?? 0) > 0)
      throw new UsageError(said`${setting(name)}: '${path}' has ${name} images of its own. Leave the option out.`, {
        code: 'settings-exclude-each-other',
      });
  const validation = counts.validation === undefined ? (options.validation ?? usualShare) : 0;
  const test = counts.test === undefined ? (options.test ?? (isDivided ? 0 : usualShare)) : 0;
  if (counts.validation === undefined && validation === 0)
    throw new UsageError(
      said`${setting('validation')}: expected a share above 0, got 0: '${path}' has no validation images of its own, and training is judged by some.`,
      { code: 'invalid-setting' },
    );
  if (validation + test < 1) return { validation, test };
  throw new UsageError(
    said`${setting('validation')} and ${setting('test')}: ${validation} and ${test} leave nothing to train on; their sum has to stay below 1.`,
    { code: 'invalid-setting' },
  );
}

/** Throws AtelierError where too little is left to train each class with, or to validate with. */
export function checkEnough(path: string, { classes, division }: Dataset, validating: number): void {
  const lacking = classes.filter((_, label) => division?.perClass[label] === 0);
  const unsuited = (problem: string) => new AtelierError(`'${path}': ${problem}`, { code: 'data-unsuited' });
  if (lacking.length > 0)
    throw unsuited(
      `nothing is left to train ${lacking.map((name) => `'${name}'`).join(', ')} with. Add some, or remove the class.`,
    );
  if (validating === 0)
    throw unsuited(
      'there are too few images to hold some out for validation: a class needs two at least, and some tens to learn from.',
    );
}
