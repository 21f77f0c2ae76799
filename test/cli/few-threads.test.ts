/** Where a process may start few threads it says so, or starts fewer: libraries wait for ever or end it. */
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/files/package-root.ts';
import { workFolder } from './folders.ts';
import { atelier, expectRefusal } from './program.ts';

const work = workFolder();
chmodSync(work, 0o777);
const entry = join(packageRoot(), 'dist', 'src', 'cli', 'main.js');
const sizes = ['--limit-train', '40', '--limit-val', '40', '--batch-size', '40'];
/** Nobody's, so that no other process counts; the superuser has no limit. */
const user = ['--reuid', '64123', '--regid', '64123', '--clear-groups'];

/** The command around the program that lets it have so many threads. Node has eleven by itself. */
const limited = (most: number) => ['setpriv', ...user, 'prlimit', `--nproc=${most}`];

const [command = '', ...rest] = [...limited(64), process.execPath, '--check', entry];
const possible = spawnSync(command, rest).status === 0;

describe.skipIf(!possible)('few threads (skipped where no other user can be played: it takes root)', () => {
  it('too few for anything are named with the limit', async () => {
    const outcome = await atelier(['runs'], work, limited(13));
    expectRefusal(outcome, 1, 'may start too few threads', 'may have 13 processes and threads (ulimit -u)');
  });

  it('fewer than are asked for are named with the limit and the option; without it fewer are started', async () => {
    const train = ['train', 'm1', '--device', 'cpu', '--max-steps', '1', ...sizes];
    const outcome = await atelier([...train, '--threads', '8', '--run', 'asked'], work, limited(20));
    expectRefusal(outcome, 1, 'cannot compute with 8 threads', 'have 20 processes', 'by --threads 1');
    expect(await atelier([...train, '--run', 'own'], work, limited(20))).toMatchObject({ code: 0, stdout: 'own\n' });
  });
});
