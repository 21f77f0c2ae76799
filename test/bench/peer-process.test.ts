import { afterEach, describe, expect, it } from 'vitest';
import { PeerError } from '../../bench/peer-error.ts';
import { PeerProcess } from '../../bench/peer-process.ts';
import { requestSchema } from '../../bench/protocol.ts';
import { type Fake, fakeLaunch } from './fakes.ts';

const prepare = { do: 'prepare', purpose: 'train', model: 'm1', batchSize: 8, threads: 1, data: '/data' } as const;
const running: PeerProcess[] = [];

function start(fake: Fake = {}): PeerProcess {
  const peer = new PeerProcess('fake', fakeLaunch(fake));
  running.push(peer);
  return peer;
}

async function failureOf(work: Promise<unknown>): Promise<PeerError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PeerError)) throw new Error(`expected a PeerError, got ${String(error)}`);
  return error;
}

afterEach(async () => {
  for (const peer of running.splice(0)) await peer.stop();
});

describe('the protocol', () => {
  it.each([
    prepare,
    { ...prepare, width: 4 },
    { do: 'steps', count: 3 },
    { do: 'predict', count: 100, batchSize: 10 },
    { do: 'epoch', batches: 2, validationImages: 5 },
    { do: 'verify', steps: 1, batchSize: 1 },
    { do: 'stop' },
  ])('knows %j', (request) => {
    expect(requestSchema.parse(request)).toEqual(request);
  });

  it.each([
    { do: 'dance' },
    { do: 'steps', count: 0 },
    { do: 'steps', count: 1.5 },
    { do: 'steps', count: 1, more: 1 },
    { ...prepare, model: '' },
    { do: 'predict', count: 5 },
  ])('refuses %j', (request) => {
    expect(requestSchema.safeParse(request).success).toBe(false);
  });
});

describe('a peer process', () => {
  it('answers request after request, and stops', async () => {
    const peer = start({ ms: 7 });
    expect(await peer.ask(prepare)).toEqual({ versions: { fake: '1.0' }, threads: 1, details: 'computes nothing' });
    expect((await peer.ask({ do: 'steps', count: 2 })).ms).toEqual([7, 7]);
    expect((await peer.ask({ do: 'predict', count: 32, batchSize: 32 })).logits).toEqual([0.5, -0.25]);
    expect((await peer.ask({ do: 'verify', steps: 2, batchSize: 8 })).losses).toEqual([2, 1]);
    await peer.stop();
  });

  it.runIf(process.platform === 'linux')('tells how much memory it has held, until it has ended', async () => {
    const peer = start();
    await peer.ask(prepare);
    // Node itself takes some tens of MB.
    expect(peer.peakMemory()).toBeGreaterThan(10e6);
    await peer.stop();
    expect(peer.peakMemory()).toBeNull();
  });

  it('that is not installed says so, and how to install it', async () => {
    const peer = new PeerProcess('ghost', { command: '/nowhere/ghost', args: [], install: 'apt install ghost' });
    const { kind, message } = await failureOf(peer.ask(prepare));
    expect(kind).toBe('absent');
    expect(message).toMatch(/ghost: '\/nowhere\/ghost' cannot be started\. apt install ghost/);
    await peer.stop();
  });

  it('hands on why it refuses', async () => {
    const peer = start({ behaviour: 'cannot' });
    await peer.ask(prepare);
    expect(await failureOf(peer.ask({ do: 'steps', count: 1 }))).toMatchObject({
      kind: 'cannot',
      message: 'no gradients here',
    });
  });

  it('that dies is quoted', async () => {
    const peer = start({ behaviour: 'dies' });
    await peer.ask(prepare);
    const { kind, message } = await failureOf(peer.ask({ do: 'steps', count: 1 }));
    expect(kind).toBe('failed');
    expect(message).toBe("fake: ended with exit code 3 instead of answering 'steps': out of memory");
  });

  it('that hangs is ended after a while, and quoted', async () => {
    const peer = new PeerProcess('fake', fakeLaunch({ behaviour: 'hangs' }), { prepare: 600, answer: 60_000 });
    const { kind, message } = await failureOf(peer.ask(prepare));
    expect(kind).toBe('failed');
    expect(message).toBe(
      "fake: no answer to 'prepare' for 0.01 min; ended it. It said on standard error: looking for a library",
    );
    await peer.stop();
  });

  it('that leaves a worker behind stops with it', async () => {
    const peer = start({ behaviour: 'leaves-worker' });
    await peer.ask(prepare);
    const started = performance.now();
    await peer.stop();
    expect(performance.now() - started).toBeLessThan(4000);
  });

  it.each([
    ['chatty', 'Hello from a library'],
    ['short', 'losses'],
  ] as const)('that breaks the protocol (%s) is refused', async (behaviour, part) => {
    const peer = start({ behaviour });
    const answer = behaviour === 'chatty' ? peer.ask(prepare) : peer.ask({ do: 'steps', count: 1 });
    const { kind, message } = await failureOf(answer);
    expect(kind).toBe('failed');
    expect(message).toContain('as JSON, got');
    expect(message).toContain(part);
  });
});
