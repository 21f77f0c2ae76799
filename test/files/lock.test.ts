import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisProcess } from '../../src/files/holder.ts';
import { acquireLock, lockFileName } from '../../src/files/lock.ts';
import { scratchFolder } from './scratch.ts';

const build = mkdtempSync(join(tmpdir(), 'atelier-lock-'));
// Node 20 runs no TypeScript, so the module is compiled for the child processes.
beforeAll(() => {
  writeFileSync(
    join(build, 'tsconfig.json'),
    JSON.stringify({
      extends: resolve('tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        rootDir: resolve('.'),
        outDir: build,
        typeRoots: [resolve('node_modules/@types')],
      },
      include: [],
      files: [resolve('src/files/lock.ts')],
    }),
  );
  execFileSync(resolve('node_modules/.bin/tsc'), ['-p', build]);
  writeFileSync(join(build, 'package.json'), '{ "type": "module" }');
  symlinkSync(resolve('node_modules'), join(build, 'node_modules'));
});
afterAll(() => rmSync(build, { recursive: true, force: true }));

/** A process that runs `body` with `acquireLock` and `folder` at hand. */
function child(folder: string, body: string): ChildProcess {
  const source = `
    import { acquireLock } from ${JSON.stringify(join(build, 'src/files/lock.js'))};
    const folder = ${JSON.stringify(folder)};
    ${body}`;
  return spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** What a process prints first. */
async function firstOutput(started: ChildProcess): Promise<string> {
  const { stdout } = started;
  if (stdout === null) throw new Error('the child has no output');
  const [chunk]: unknown[] = await once(stdout, 'data');
  return String(chunk).trim();
}

const hold = `await acquireLock(folder); process.stdout.write('held'); setInterval(() => {}, 1000);`;

describe('acquireLock', () => {
  it('is held once, even within one process, and given back', async () => {
    const folder = scratchFolder();
    const release = await acquireLock(folder);
    await expect(acquireLock(folder)).rejects.toThrow(/is in use: .*It is this very process/);
    release();
    release();
    expect(readdirSync(folder)).toEqual([]);
    const again = await acquireLock(folder);
    // The first release must not touch the second lock.
    release();
    expect(existsSync(join(folder, lockFileName))).toBe(true);
    again();
  });

  it('names the process that holds it, and takes over at once when that is killed', async () => {
    const folder = scratchFolder();
    const holder = child(folder, hold);
    expect(await firstOutput(holder)).toBe('held');
    await expect(acquireLock(folder)).rejects.toThrow(
      new RegExp(`'${folder}' is in use: it was locked by process ${holder.pid} on ${hostname()}`),
    );
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    // At once: before the event loop comes round, so that nothing can have been waited for.
    const turn = new Promise<'waited'>((resolve) => setImmediate(() => resolve('waited')));
    const release = await Promise.race([acquireLock(folder), turn]);
    if (release === 'waited') throw new Error('the lock of a killed process was waited for');
    release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('stays with a holder whose event loop is blocked, and is gone when that exits', async () => {
    const folder = scratchFolder();
    const holder = child(
      folder,
      // Until its standard input ends it does nothing else.
      `import { readSync, writeSync } from 'node:fs';
       await acquireLock(folder); writeSync(1, 'held'); readSync(0, Buffer.alloc(1)); process.exit(0);`,
    );
    await firstOutput(holder);
    // As if it had been blocked for years.
    utimesSync(join(folder, lockFileName), 1, 1);
    await expect(acquireLock(folder)).rejects.toThrow(/is in use/);
    holder.stdin?.end();
    await once(holder, 'exit');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves nothing of a process that was killed while it took one over', async () => {
    const folder = scratchFolder();
    const dead = JSON.stringify({ ...thisProcess, started: '1', since: 'long ago', token: 'x' });
    writeFileSync(join(folder, `${lockFileName}.takeover`), dead);
    const release = await acquireLock(folder);
    expect(readdirSync(folder)).toEqual([lockFileName]);
    release();
  });

  it('lets exactly one of several processes take over a dead lock', async () => {
    const folder = scratchFolder();
    const dead = { ...thisProcess, started: '1', since: 'long ago', token: 'x' };
    writeFileSync(join(folder, lockFileName), JSON.stringify(dead));
    const rivals = Array.from({ length: 6 }, () =>
      child(
        folder,
        `await acquireLock(folder).then(() => process.stdout.write('held'), () => process.stdout.write('refused'));
         setInterval(() => {}, 1000);`,
      ),
    );
    const answers = await Promise.all(rivals.map(firstOutput));
    for (const rival of rivals) rival.kill('SIGKILL');
    expect(answers.filter((answer) => answer === 'held')).toHaveLength(1);
  });

  it('recognises a reused process id, and never judges a process on another machine', async () => {
    const folder = scratchFolder();
    const path = join(folder, lockFileName);
    const holder = { ...thisProcess, since: 'long ago' };
    if (thisProcess.started !== '') {
      writeFileSync(path, JSON.stringify({ ...holder, started: '1' }));
      (await acquireLock(folder))();
    }
    writeFileSync(path, JSON.stringify({ ...holder, host: 'elsewhere' }));
    await expect(acquireLock(folder)).rejects.toThrow(/on elsewhere at long ago.*delete '.*\.lock'/);
  });

  it('waits for a lock being written, and takes over one that was never finished', async () => {
    const folder = scratchFolder();
    const path = join(folder, lockFileName);
    writeFileSync(path, '{"pid":');
    // However long this test is held up, that was written just now.
    const later = Date.now() / 1000 + 3600;
    utimesSync(path, later, later);
    const waiting = acquireLock(folder);
    writeFileSync(path, JSON.stringify({ ...thisProcess, since: 'now' }));
    await expect(waiting).rejects.toThrow(/is in use/);
    writeFileSync(path, '');
    utimesSync(path, 1, 1);
    (await acquireLock(folder))();
  });

  it('takes over one that was never finished, whatever its time', async () => {
    const folder = scratchFolder();
    const path = join(folder, lockFileName);
    writeFileSync(path, '');
    const later = Date.now() / 1000 + 36_000;
    utimesSync(path, later, later);
    (await acquireLock(folder))();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of a machine that was started anew is dead; of another of the same name, or another container, it is not', async () => {
    const folder = scratchFolder();
    const path = join(folder, lockFileName);
    const holder = { ...thisProcess, since: 'long ago' };
    if (thisProcess.machine !== '') {
      writeFileSync(path, JSON.stringify({ ...holder, boot: 'another' }));
      (await acquireLock(folder))();
      writeFileSync(path, JSON.stringify({ ...holder, boot: 'another', machine: 'another' }));
      await expect(acquireLock(folder)).rejects.toThrow(/is in use.*Wait for that process/);
    }
    writeFileSync(path, JSON.stringify({ ...holder, namespace: 'pid:[1]' }));
    await expect(acquireLock(folder)).rejects.toThrow(/is in use.*Wait for that process/);
    const { machine: _, boot: __, ...older } = holder;
    writeFileSync(path, JSON.stringify(older));
    await expect(acquireLock(folder)).rejects.toThrow(/It is this very process/);
  });

  it('is given back without a word where its folder is gone', async () => {
    const folder = scratchFolder();
    const release = await acquireLock(folder);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    expect(release).not.toThrow();
  });

  it('says why a folder cannot be locked', async () => {
    const folder = scratchFolder();
    await expect(acquireLock(join(folder, 'missing'))).rejects.toThrow(/cannot create the lock .*\(ENOENT\)/);
    mkdirSync(join(folder, lockFileName));
    await expect(acquireLock(folder)).rejects.toThrow(/cannot read the lock .*: it is a folder/);
  });
});
