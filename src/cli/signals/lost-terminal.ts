import { exitCodes, hasCode } from '../../errors.ts';
import { fileProblem } from '../../files/problems.ts';

/** What writing says where nobody reads any more: a closed pipe, a terminal that has gone away. */
const lostReader = ['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'] as const;

/** True where something could not be written because nobody is there to read it. */
export function isLostReader(error: unknown): boolean {
  return hasCode(error, ...lostReader);
}

/**
 * Lets work go on where the terminal or the pipe that it speaks to has gone away, or the disk that its words go to is full: by
 * default Node ends a process that cannot write there. What the work is for goes to files. A result that somebody waits for
 * and that cannot be written is no success: the process then ends with exit code 1.
 */
export function outliveReaders(): void {
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error) => {
    if (isLostReader(error)) return;
    // After everything else that sets it.
    process.once('exit', () => {
      process.exitCode ||= exitCodes.failed;
    });
    const { message: msg } = fileProblem('write the result to', 'standard output', error);
    // A line of the log, which is written at once: the process may be about to end.
    process.stderr.write(`${process.stderr.isTTY ? msg : JSON.stringify({ level: 50, time: Date.now(), msg })}\n`);
  });
}
