/** What a person sees at a terminal, wide and narrow. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../soak/waiting.ts';
import { columnsOf } from '../../src/cli/terminal/width.ts';
import { workFolder } from './folders.ts';
import { machine } from './settings.ts';
import { open, type Session, shapeOf } from './terminal.ts';

const work = workFolder();
const sizes = [...machine, '--limit-train', '320', '--limit-val', '128', '--batch-size', '64'];
const train = (run: string, ...more: readonly string[]) => ['train', 'm1', ...sizes, ...more, '--run', run];
const widths = [60, 80, 100, 200] as const;

const introducer = '\u001b[';

/** The live lines that were drawn: after each the rest of the screen is erased. */
function liveLines({ raw }: Session): readonly string[] {
  const lines = raw()
    .split(`${introducer}J`)
    .map((written) => written.split('\r').at(-1) ?? '');
  return lines.filter((line) => /^epoch \d/.test(line));
}

async function shapes(session: Session): Promise<string> {
  return (await session.lines()).map(shapeOf).join('\n');
}

async function expectWhole(session: Session): Promise<void> {
  expect(await session.broken()).toEqual([]);
  expect((await session.lines()).join('\n')).not.toMatch(/[█░]|undefined|NaN/);
}

describe('a training', () => {
  const sessions = new Map<number, Session>();
  const sessionOf = (columns: number) => {
    const session = sessions.get(columns);
    if (!session) throw new Error(`no training at ${columns} columns`);
    return session;
  };

  beforeAll(async () => {
    for (const columns of widths) {
      const session = open(train(`run-${columns}`, '--epochs', '2'), { cwd: work, columns });
      sessions.set(columns, session);
      expect(await session.ended, session.raw()).toBe(0);
    }
  });

  it.each(widths)(
    'at %i columns, no line is broken, no number cut, and nothing of the live line stays',
    async (columns) => {
      await expectWhole(sessionOf(columns));
    },
  );

  it('at 80 columns', async () => {
    expect(await shapes(sessionOf(80))).toMatchInlineSnapshot(`
      "  model   m1, 1,199,882 parameters
        data    Fashion-MNIST: 320 training, 128 validation images
        recipe  2 epochs of 5 steps, 64 images a step, adam at 0.001, constant rate
        device  cpu, 1 thread (as requested)
        run     run-80

               training          validation      learning
      epoch    loss  accuracy    loss  accuracy      rate   images/s      time
          1  L.LLLL   AA.AA %  L.LLLL   AA.AA %   0.00100          N      M:SS  best
          2  L.LLLL   AA.AA %  L.LLLL   AA.AA %   0.00100          N      M:SS  best

        ended  finished after 2 epochs (10 steps), in M:SS
        best   epoch 2: validation loss L.LLLL, accuracy AA.AA %
        next   npx atelier evaluate run-80
      run-80"
    `);
  });

  it.each([100, 200])('at %i columns, the same: what is shown of an epoch has its place', async (columns) => {
    const screen = (await shapes(sessionOf(columns))).replaceAll(`run-${columns}`, 'run-80');
    expect(screen).toBe(await shapes(sessionOf(80)));
  });

  it('at 60 columns', async () => {
    expect(await shapes(sessionOf(60))).toMatchInlineSnapshot(`
      "  model   m1, 1,199,882 parameters
        data    Fashion-MNIST: 320 training, 128 validation images
        recipe  2 epochs of 5 steps, 64 images a step, adam at
                0.001, constant rate
        device  cpu, 1 thread (as requested)
        run     run-60

               training          validation      learning
      epoch    loss  accuracy    loss  accuracy      rate
          1  L.LLLL   AA.AA %  L.LLLL   AA.AA %   0.00100  best
          2  L.LLLL   AA.AA %  L.LLLL   AA.AA %   0.00100  best

        ended  finished after 2 epochs (10 steps), in M:SS
        best   epoch 2: validation loss L.LLLL, accuracy AA.AA %
        next   npx atelier evaluate run-60
      run-60"
    `);
  });

  it.each([
    [60, /^epoch [12]\/2 [█░]{6,} {2}loss L\.LLLL {2}acc AA\.AA % {2}(M:SS\/M:SS left|validating)$/],
    [
      80,
      /^epoch [12]\/2 [█░]{6,} {2}loss L\.LLLL {2}acc AA\.AA % {2}[\d,]+ images\/s {2}(M:SS\/M:SS left|validating)$/,
    ],
    [
      100,
      /^epoch [12]\/2 [█░]{6,}( {2}\d\/5)? {2}loss L\.LLLL {2}accuracy AA\.AA % {2}[\d,]+ images\/s {2}(epoch M:SS|validating), all M:SS left$/,
    ],
    [
      200,
      /^epoch [12]\/2 [█░]{30} {2}\d\/5 {2}loss L\.LLLL {2}accuracy AA\.AA % {2}[\d,]+ images\/s {2}(epoch M:SS|validating), all M:SS left$/,
    ],
  ])('at %i columns, the live line shows what fits', (columns, form) => {
    const lines = liveLines(sessionOf(columns));
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) {
      expect(shapeOf(line)).toMatch(form);
      expect(columnsOf(line)).toBeLessThan(columns);
    }
  });
});

describe('other commands, on runs that are trained', () => {
  beforeAll(() => until(() => existsSync(join(work, 'run-100', 'checkpoints', 'best.safetensors'))));

  const ended = async (args: readonly string[], columns: number) => {
    const session = open(args, { cwd: work, columns });
    expect(await session.ended, session.raw()).toBe(0);
    await expectWhole(session);
    return session;
  };
  const first = async (session: Session, count: number) =>
    (await session.lines()).slice(0, count).map((line) => line.replaceAll(/\d+\.\d+ s/g, 'N s'));

  it('evaluate shows how far each run is, and says when it is done', async () => {
    const session = await ended(['evaluate', 'run-80', 'run-60', '--threads', '1'], 80);
    expect(await first(session, 3)).toEqual([
      'evaluated run-80 on 10000 test images in N s',
      'evaluated run-60 on 10000 test images in N s',
      'run-80: 10000 test images, best checkpoint',
    ]);
    for (const run of ['run-80', 'run-60'])
      expect(session.raw()).toMatch(new RegExp(`evaluating ${run} [█░]{6,} {2}[ \\d,]{6}/10,000 images`));
  });

  it('export --verify shows the format at work, and says when each is done', async () => {
    const session = await ended(['export', 'run-80', '-f', 'onnx', '-f', 'safetensors', '--verify', '--out', 'x'], 100);
    expect(await first(session, 2)).toEqual(['exported x/onnx in N s', 'exported x/safetensors in N s']);
    expect(session.raw()).toMatch(/exporting and running onnx [█░]{6,} {2}0\/2 formats/);
    expect(session.raw()).toMatch(/exporting and running safetensors [█░]{6,} {2}1\/2 formats/);
  });

  it('activations counts images', async () => {
    const session = await ended(['activations', 'run-80', '--layers', 'conv1', '--images', '0-3'], 60);
    expect(session.raw()).toMatch(/drawing run-80 [█░]{6,} {2}4\/4 images/);
  });
});

it('a window that becomes narrow in the middle: later lines fit, with a heading of their own', async () => {
  const session = open(train('resized', '--epochs', '2'), { cwd: work, columns: 100 });
  await until(() => session.isOver() || session.raw().includes('best'));
  session.resize(60);
  expect(await session.ended).toBe(0);
  const lines = await session.lines();
  expect(lines.join('\n')).not.toMatch(/[█░]/);
  expect(lines.filter((line) => line.startsWith('epoch'))).toEqual([
    expect.stringMatching(/rate {3}images/),
    expect.stringMatching(/rate$/),
  ]);
  for (const line of liveLines(session).slice(-1)) expect(columnsOf(line)).toBeLessThan(60);
});

describe('Ctrl-C', () => {
  it('ends it with the way on, and the resumed run says where it stands', async () => {
    const session = open(train('stopped', '--epochs', '9'), { cwd: work, columns: 80 });
    await until(() => session.isOver() || session.raw().includes('best'));
    session.type('\u0003');
    expect(await session.ended).toBe(130);
    await expectWhole(session);
    expect((await session.lines()).slice(-3).map((line) => line.replaceAll(/\d+/g, 'N'))).toEqual([
      'interrupted: saving the state; once more to stop without',
      'warning: interrupted after step N; the state is saved. Go on with:',
      '  npx atelier train mN --resume --run stopped',
    ]);

    const resumed = open(['train', 'm1', '--resume', '--run', 'stopped', '--epochs', '9', '--max-steps', '1'], {
      cwd: work,
      columns: 80,
    });
    expect(await resumed.ended, resumed.raw()).toBe(0);
    await expectWhole(resumed);
    expect(await shapes(resumed)).toMatch(/^ {2}resumed {2}going on after step \d+ \(epoch \d\)$/m);
    expect(await shapes(resumed)).toMatch(/^ {2}best {5}so far epoch 1: validation loss L.LLLL, accuracy AA.AA %$/m);
  });
});

describe('terminals and people who want less', () => {
  const short = (run: string, ...more: readonly string[]) => train(run, '--max-steps', '2', '--epochs', '1', ...more);

  it('TERM=dumb: lines without escapes', async () => {
    const session = open(short('dumb'), { cwd: work, columns: 80, env: { TERM: 'dumb' } });
    expect(await session.ended, session.raw()).toBe(0);
    expect(session.raw()).not.toContain('\u001b');
    await expectWhole(session);
    expect((await shapes(session)).split('\n').slice(-4)).toEqual([
      '  ended  stopped at --max-steps after 0 epochs (2 steps), in M:SS',
      '  best   no epoch completed',
      '  next   npx atelier train m1 --resume --run dumb',
      'dumb',
    ]);
  });

  it('NO_COLOR: a live line, but no colours', async () => {
    const session = open(short('plain'), { cwd: work, columns: 80, env: { NO_COLOR: '1' } });
    expect(await session.ended, session.raw()).toBe(0);
    expect(
      session
        .raw()
        .split(introducer)
        .filter((after) => /^[\d;]*m/.test(after)),
    ).toEqual([]);
    expect(liveLines(session).length).toBeGreaterThan(0);
  });

  it('--quiet: the result alone', async () => {
    const session = open(short('quiet', '--quiet'), { cwd: work, columns: 80 });
    expect(await session.ended, session.raw()).toBe(0);
    expect(session.raw()).toBe('quiet\r\n');
  });
});
