#!/usr/bin/env node
/**
 * The command. It imports nothing at once: where the process may hardly open a file, not even that is possible, and Node would
 * answer with a stack of its own.
 */
try {
  const { main } = await import('./program.ts');
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const msg = problemOf(error);
  // A line as the program's log has it, which cannot be loaded.
  process.stderr.write(`${process.stderr.isTTY ? msg : JSON.stringify({ level: 60, time: Date.now(), msg })}\n`);
  process.exitCode = 1;
}

function problemOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EMFILE' || code === 'ENFILE')
    return (
      'atelier cannot start: this process may not open as many files at once as the program consists of ' +
      `(${code}). Raise the limit: ulimit -n 1024`
    );
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
