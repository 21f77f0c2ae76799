import type { Logger } from 'pino';
import { exitCodes } from '../../errors.ts';
import { isHangupIgnored } from './hangup.ts';

/** Signals that ask a program to end: Ctrl-C, `kill`, and the terminal that goes away. */
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[];

/** Heeds the signals that ask the program to end, until it is let go. */
export interface EndingSignals {
  /** Raised by the first of them, where the work saves its state. */
  readonly signal: AbortSignal;
  release(): void;
}

/**
 * Work that saves its state is told by the first signal and ended by the second; any other is ended by the first. A
 * hang-up that the program was started to outlive is not heeded.
 */
export function heedSignals(savesOnSignal: boolean, logger: Logger): EndingSignals {
  const controller = new AbortController();
  const outlivesTerminal = isHangupIgnored();
  const heeded = endingSignals.filter((name) => name !== 'SIGHUP' || !outlivesTerminal);
  const stop = (name: NodeJS.Signals) => {
    if (!savesOnSignal) {
      logger.warn('interrupted');
      process.exit(exitCodes.interrupted);
    }
    if (controller.signal.aborted) {
      // The second one does not wait for the state to be saved. It takes the signal's own way: `process.exit` would end the
      // thread that computes in the midst of a call of the runtime, which ends in an abort.
      logger.warn('interrupted');
      process.off(name, stop);
      process.kill(process.pid, name);
      return;
    }
    logger.info('interrupted: saving the state; once more to stop without');
    controller.abort();
  };
  // Node has made the ignored signal deadly again.
  if (outlivesTerminal) process.on('SIGHUP', ignore);
  for (const name of heeded) process.on(name, stop);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of heeded) process.off(name, stop);
    },
  };
}

function ignore(): void {
  // The signal is heard and nothing is done.
}
