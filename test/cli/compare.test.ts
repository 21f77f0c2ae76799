import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandContext } from '../../src/cli/command.ts';
import { compare as command } from '../../src/cli/commands/compare.ts';
import { scratchFolder } from '../files/scratch.ts';
import { context } from '../models.ts';
import { fakeHistory, publishedLikeAnswers, writeFakeRun } from '../report/fake-runs.ts';

const commandContext: CommandContext = {
  ...context,
  options: { json: false, logLevel: 'info', quiet: true },
  signal: new AbortController().signal,
};

const compare = async (...paths: readonly string[]) =>
  command.begin(['compare', ...paths, '--threads', '1'], 'compare').work(commandContext);

describe('compare', () => {
  it('prints every part, and the same as JSON', async () => {
    const folder = scratchFolder();
    const { m1, m2 } = publishedLikeAnswers(40);
    const history = fakeHistory(new Array(12).fill(1e-3), 5);
    const paths = [
      writeFakeRun(join(folder, 'b'), { model: 'm2', answers: m2, history }),
      writeFakeRun(join(folder, 'a'), { model: 'm1', answers: m1, history }),
    ];
    const { text, json } = await compare(...paths);
    const headings = text.split('\n').filter((_, line, lines) => /^=+$/.test(lines[line + 1] ?? ''));
    expect(headings).toEqual([
      'Model 2 less Model 1',
      'Model 1 against the report',
      'Model 2 against the report',
      "The report's claims",
      'How to read this',
    ]);
    expect(text).toMatch(/^400 test images, best checkpoints\n/);
    expect(text).toContain(`Model 2: ${paths[0]}`);
    expect(text).toMatch(/accuracy {2}0\.\d{4} {3}0\.\d{4} .* McNemar, exact/);
    expect(text.match(/^\d\. /gm)).toEqual([1, 2, 3, 4, 5, 6, 7].map((number) => `${number}. `));
    expect(text).not.toMatch(/NaN|undefined|null|Infinity/);
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
    expect(json).toMatchObject({ split: 'test', count: 400, runs: [{ label: 'Model 1' }, { label: 'Model 2' }] });
  });

  it('leaves the claims out with one line, and shows the spread of seeds, for runs of one model', async () => {
    const folder = scratchFolder();
    const { m1, m2 } = publishedLikeAnswers(20);
    const { text } = await compare(
      writeFakeRun(join(folder, 'a'), { model: 'm1', answers: m1 }),
      writeFakeRun(join(folder, 'b'), { model: 'm1', answers: m2, recipe: { seed: 7 } }),
    );
    expect(text).toMatch(/From seed to seed\n=+\n\nModel 1 \(b\) 0\.\d+, Model 1 \(a\) 0\.\d+: .* points apart/);
    expect(text.match(/The report's claims.*/g)).toEqual([
      "The report's claims are left out: they compare Model 1 (m1) with Model 2 (m2), and these are runs of m1 only.",
    ]);
  });

  it('wants two runs, and never pairs those that answered to other images', async () => {
    const folder = scratchFolder();
    const one = writeFakeRun(join(folder, 'a'), { model: 'm1', answers: [[0, 0]] });
    const other = writeFakeRun(join(folder, 'b'), { model: 'm2', answers: [[1, 0]] });
    await expect(compare(one)).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/got 1/) });
    const { text } = await compare(one, other);
    expect(text).toContain('Not compared with the runs above: they answered to other images of the same split.');
    expect(text).not.toContain('less');
  });
});
