import { OptionError, UsageError } from '../errors.ts';

/** Some work of the library; what it finds wrong with an option is told under the option's name on the command line. */
export async function toldAsFlags<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof OptionError) throw new UsageError(error.tell(`--${error.option}`), { cause: error });
    throw error;
  }
}
