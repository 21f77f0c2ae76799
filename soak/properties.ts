import { spawn } from 'node:child_process';
import { packageRoot } from '../src/files/package-root.ts';
import type { Campaign } from './campaign.ts';

/** The tests' properties, each on more values than `make test` has time for; a case is the seed of the values. */
export const properties: Campaign = {
  name: 'properties',
  promise: 'what the tests prove of made-up values holds for many more: graphs, gradients, files, texts',
  unit: 'rounds of all properties',
  goal: null,
  start: async () => ({
    tryCase: async (number) => {
      const { code, output } = await vitest(number);
      const failures = code === 0 ? [] : [`seed ${number}: ${output.slice(-4_000)}`];
      return { count: 1, tallies: { [code === 0 ? 'held' : 'broken']: 1 }, failures };
    },
    close: async () => undefined,
  }),
};

async function vitest(seed: number): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn('npx', ['vitest', 'run', '--mode', 'soak'], {
    cwd: packageRoot(),
    env: { ...process.env, ATELIER_SOAK_SEED: String(seed), NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, output }));
  });
}
