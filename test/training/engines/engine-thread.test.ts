/** The line to an engine's thread, whatever becomes of the thread. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { GraphError } from '../../../graphs/ir/types.ts';
import { AtelierError, exitCodes, InterruptedError, UsageError } from '../../../src/errors.ts';
import { said, setting } from '../../../src/message.ts';
import { EngineThread } from '../../../src/training/engines/thread/engine-thread.ts';
import { receivedError, sentError } from '../../../src/training/engines/thread/sent-error.ts';
import { bundledModule } from '../../bundled.ts';

/** A thread that does this with each request, `posted`, and does not end by itself unless `ends`. */
function threadThat(does: string, { ends = true, grace = 60_000 } = {}): EngineThread {
  const end = ends ? "if (posted === 'end') { parentPort.close(); return; }" : "if (posted === 'end') return;";
  const program = `import { parentPort } from 'node:worker_threads'; parentPort.on('message', (posted) => { ${end} ${does} });`;
  return new EngineThread(new URL(`data:text/javascript,${encodeURIComponent(program)}`), grace);
}

describe('a thread', () => {
  it('that fails refuses what it owes, and all that is asked later, with the reason', async () => {
    const thread = threadThat("throw new RangeError('no more memory')");
    const [first, second] = [thread.ask({ to: 'copy state' }), thread.ask({ to: 'release' })];
    const reason =
      'the thread that computes is gone: it failed: no more memory. What was saved is whole; go on from there.';
    const refused = { name: 'AtelierError', code: 'engine-lost', message: reason };
    await expect(first).rejects.toMatchObject(refused);
    await expect(second).rejects.toMatchObject(refused);
    await expect(thread.ask({ to: 'copy state' })).rejects.toMatchObject({
      message: reason,
      cause: { name: 'RangeError' },
    });
    expect(thread.isAlive).toBe(false);
    await thread.stop();
  });

  it('that ends without a word likewise', async () => {
    const thread = threadThat('process.exit(7)');
    await expect(thread.ask({ to: 'copy state' })).rejects.toThrow(
      /^the thread that computes is gone: it ended with code 7/,
    );
    await thread.stop();
  });

  it('that is stopped answers nothing any more; stopping it again does nothing', async () => {
    const thread = threadThat('');
    const owed = thread.ask({ to: 'copy state' });
    owed.catch(() => undefined);
    await Promise.all([thread.stop(), thread.stop()]);
    await expect(owed).rejects.toThrow('has been stopped');
    await expect(thread.ask({ to: 'release' })).rejects.toThrow('has been stopped');
  });

  it('that is stopped ends when what it computes is done', async () => {
    const done = new Int32Array(new SharedArrayBuffer(4));
    const thread = threadThat(
      'const until = Date.now() + 300; while (Date.now() < until); posted.request.done[0] = 1;',
    );
    const request = { to: 'copy state', done } as const;
    const owed = thread.ask(request);
    owed.catch(() => undefined);
    await thread.stop();
    expect(done[0]).toBe(1);
    await expect(owed).rejects.toThrow('has been stopped');
  });

  it('that does not end is ended by force after a while', async () => {
    const thread = threadThat('', { ends: false, grace: 50 });
    await thread.stop();
    expect(thread.isAlive).toBe(false);
  });

  it('that answers something else is told from one that answers', async () => {
    const thread = threadThat("parentPort.postMessage({ id: posted.id, answer: { to: 'release' } })");
    await expect(thread.ask({ to: 'copy state' })).rejects.toThrow("answered 'release' to 'copy state'");
    expect(await thread.ask({ to: 'release' })).toEqual({ to: 'release' });
    await thread.stop();
  });

  it('that nobody stops keeps no process alive, but one that owes an answer does', async () => {
    const bundled = await bundledModule('src/training/engines/thread/engine-thread.ts');
    const run = (work: string) => {
      const script = `import { EngineThread } from '${bundled}'; const thread = new EngineThread(); ${work}`;
      return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', timeout: 60_000 });
    };
    expect(run('')).toMatchObject({ status: 0, signal: null, stderr: '' });
    const asked = run("thread.ask({ to: 'copy state' }).catch((error) => console.log(error.message));");
    expect(asked).toMatchObject({ status: 0, signal: null, stderr: '' });
    expect(asked.stdout).toBe('internal: the engine thread was asked before it was ready\n');
  });
});

describe('an error on its way between threads', () => {
  const travelled = (error: unknown) => receivedError(structuredClone(sentError(error)));

  it.each([
    [AtelierError, exitCodes.failed],
    [UsageError, exitCodes.usage],
    [InterruptedError, exitCodes.interrupted],
  ])('stays what it is: %o', (Class, exitCode) => {
    const cause = new Error('the runtime says so');
    const error = new Class(said`what, and the way out: leave ${setting('device')} out`, { code: 'internal', cause });
    const found = travelled(error);
    expect(found).toBeInstanceOf(Class);
    expect(found).toMatchObject({ name: error.name, exitCode, message: error.message, stack: error.stack });
    expect(found).toMatchObject({ code: error.code, parts: error.parts });
    expect(found.cause).toMatchObject({ message: 'the runtime says so' });
  });

  it('keeps the stack of an error that is ours, and its name', () => {
    const error = new GraphError('internal: a mistake');
    expect(travelled(error)).not.toBeInstanceOf(AtelierError);
    expect(travelled(error)).toMatchObject({ name: 'GraphError', message: error.message, stack: error.stack });
  });

  it('is one afterwards even if it was a number', () => {
    expect(travelled(1234)).toBeInstanceOf(Error);
    expect(travelled(1234).message).toBe('1234');
  });
});
