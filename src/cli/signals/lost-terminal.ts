import { hasCode } from '../../errors.ts';

/** What writing says where nobody reads any more: a closed pipe, a terminal that has gone away. */
const lostReader = ['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'] as const;

/** True where something could not be written because nobody is there to read it. */
export function isLostReader(error: unknown): boolean {
  return hasCode(error, ...lostReader);
}

/**
 * Lets work go on where the terminal or the pipe that it speaks to has gone away: by default Node ends a process that
 * writes there. What the work is for goes to files.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error) => {
      if (!isLostReader(error)) throw error;
    });
}
