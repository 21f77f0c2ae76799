/** Of many things that are asked for at once some may be impossible: the others are done all the same. */
import { AtelierError, InterruptedError } from './errors.ts';

/** One thing of many that could not be done. */
export interface Failure {
  /** What was asked for: a run's folder, a picture's path, a format. */
  readonly subject: string;
  readonly error: AtelierError;
}

/** Is told of each thing that could not be done, while the others are. */
export type OnFailure = (failure: Failure) => void;

/** What every function takes that is asked for several things. */
export interface Several {
  /** Is told of each thing that cannot be done; the others are. Without it the first error is thrown. */
  readonly onFailure?: OnFailure | undefined;
}

/**
 * What the work gives; undefined where it fails and somebody is told of it. Faults of the program and interruptions are
 * nobody's single failure: they are thrown, and so is all where nobody is told.
 */
export async function orFailure<T>(
  subject: string,
  onFailure: OnFailure | undefined,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const isOwn = error instanceof AtelierError && error.code !== 'internal' && !(error instanceof InterruptedError);
    if (!isOwn || onFailure === undefined) throw error;
    onFailure({ subject, error });
    return undefined;
  }
}
