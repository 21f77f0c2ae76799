import { readdir, readFile, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AtelierError } from '../errors.ts';
import { temporaryElsewhere, withTemporaryFolder } from '../files/temporary-folder.ts';

/**
 * Does some work with one session that keeps a trace, and returns that trace's text (Chrome's format, see `parseTrace`)
 * beside the work's own result. The session must be made with this `tracePrefix` and released by the work.
 *
 * @throws AtelierError where the work did not make exactly one such session, or the trace has no room among temporary files
 */
export async function traced<T>(
  work: (tracePrefix: string) => Promise<T>,
): Promise<{ readonly result: T; readonly trace: string }> {
  return withTemporaryFolder('trace', async (directory) => {
    const result = await work(join(directory, 'trace'));
    // The runtime adds date and time to the name.
    const [file, ...others] = await readdir(directory);
    if (others.length > 0)
      throw new AtelierError(`internal: one traced session was expected, got ${others.length + 1}`);
    const trace = file === undefined ? '' : await readFile(join(directory, file), 'utf8');
    // The runtime does not say where it cannot write the rest.
    if (!trace.trimEnd().endsWith(']')) throw await cutShort(trace, directory);
    return { result, trace };
  });
}

async function cutShort(trace: string, directory: string): Promise<AtelierError> {
  const { bavail, bsize } = await statfs(directory);
  return new AtelierError(
    `the runtime wrote ${trace.length} characters of its trace to '${tmpdir()}', where ${bavail * bsize} bytes are free now, and not the ` +
      `rest: expected all of it, some megabytes. Free some space there. ${temporaryElsewhere}.`,
    { code: 'file-unusable' },
  );
}
