import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AtelierError } from '../errors.ts';
import { fileProblem } from '../files/problems.ts';

/**
 * Does some work with one session that keeps a trace, and returns that trace's text (Chrome's format, see `parseTrace`)
 * beside the work's own result. The session must be made with this `tracePrefix` and released by the work.
 *
 * @throws AtelierError where the work did not make exactly one such session, or no temporary file can be written
 */
export async function traced<T>(
  work: (tracePrefix: string) => Promise<T>,
): Promise<{ readonly result: T; readonly trace: string }> {
  const directory = await temporaryFolder();
  try {
    const result = await work(join(directory, 'trace'));
    // The runtime adds date and time to the name.
    const [file, ...others] = await readdir(directory);
    if (file === undefined || others.length > 0)
      throw new AtelierError(`internal: one traced session was expected, got ${others.length + (file ? 1 : 0)}`);
    return { result, trace: await readFile(join(directory, file), 'utf8') };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function temporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'atelier-trace-'));
  } catch (error) {
    throw fileProblem('create a temporary folder', tmpdir(), error);
  }
}
