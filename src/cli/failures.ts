import { AtelierError } from '../errors.ts';
import type { Failure, OnFailure } from '../failures.ts';
import type { CommandContext, CommandResult } from './command.ts';

/**
 * What could not be done of several things on a command line. Each failure is logged at once; all are named again after the
 * results of the others. A single thing on a line has nobody to go on for: its error ends the command.
 */
export class Failures {
  /** Undefined for a single thing. */
  readonly onFailure: OnFailure | undefined;
  readonly #subjects: string[] = [];
  readonly #count: number;
  readonly #units: string;

  /** @param units what they are, in the plural: `runs` */
  constructor(count: number, units: string, { logger, wording }: Pick<CommandContext, 'logger' | 'wording'>) {
    this.#count = count;
    this.#units = units;
    this.onFailure =
      count < 2
        ? undefined
        : ({ subject, error }: Failure) => {
            this.#subjects.push(subject);
            logger.error({ subject, code: error.code }, error.worded(wording));
          };
  }

  /** The result of the rest, with the failure to end the command with; throws that where there is no rest. */
  with(result: CommandResult): CommandResult {
    const failed = this.#subjects;
    if (failed.length === 0) return result;
    const text = `${failed.length} of ${this.#count} ${this.#units} could not be used: ${failed.join(', ')}. The reasons stand above.`;
    const failure = new AtelierError(text, { code: 'partly-failed' });
    if (failed.length === this.#count) throw failure;
    return { ...result, failure };
  }
}
