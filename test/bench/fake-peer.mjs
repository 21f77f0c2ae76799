/**
 * A peer that computes nothing and takes the times it is told. Arguments: its behaviour, the milliseconds of its first
 * repetition (the n-th takes n times as long), and a file to which it adds each request.
 */
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [behaviour = 'well', first = '10', log = '', name = ''] = process.argv.slice(2);
let repetition = 0;

const behaviours = {
  absent: (request) => request.do === 'prepare' && failure('absent', 'not installed. Install it: apt install fake'),
  cannot: (request) => request.do === 'steps' && failure('cannot', 'no gradients here'),
  chatty: () => 'Hello from a library',
  short: (request) => request.do === 'steps' && JSON.stringify({ ms: [1] }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (log !== '') appendFileSync(log, `${name} ${request.do} ${request.count ?? ''}`.trimEnd().concat('\n'));
  if (behaviour === 'dies' && request.do === 'steps') {
    process.stderr.write('out of memory\n');
    process.exit(3);
  }
  if (behaviour === 'hangs' && request.do !== 'stop') {
    process.stderr.write('looking for a library\n');
    continue;
  }
  // Its child holds its standard output, and outlives it.
  if (behaviour === 'leaves-worker' && request.do === 'prepare') spawn('sleep', ['60'], { stdio: ['ignore', 1, 2] });
  if (behaviour === 'fails-late' && request.do === 'steps' && repetition === 2) {
    process.stdout.write(`${failure('failed', 'broke down')}\n`);
    continue;
  }
  const odd = behaviours[behaviour]?.(request);
  process.stdout.write(`${odd || JSON.stringify(answerTo(request))}\n`);
  if (request.do === 'stop') process.exit(0);
}

function answerTo(request) {
  switch (request.do) {
    case 'prepare':
      return { versions: { fake: '1.0' }, threads: 1, details: 'computes nothing' };
    case 'steps': {
      // The warm-up counts as repetition 0.
      const ms = Number(first) * Math.max(1, repetition);
      repetition += 1;
      return { ms: Array(request.count).fill(ms), losses: Array(request.count).fill(2.3) };
    }
    case 'predict':
      // A batch of 32 is the fastest.
      return { ms: (request.count * (100 + Math.abs(request.batchSize - 32))) / 100, logits: [0.5, -0.25] };
    case 'epoch':
      return { ms: Number(first), images: request.batches * 128, loss: 0.5 };
    case 'verify':
      return { losses: behaviour === 'other-losses' ? [2, 1.5] : [2, 1] };
    default:
      return { stopped: true };
  }
}

function failure(kind, message) {
  return JSON.stringify({ failure: { kind, message } });
}
