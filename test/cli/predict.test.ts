import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCanvas } from 'canvas';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadReal } from '../data/real-images.ts';
import { writeRun } from '../evaluation/trained-model-run.ts';
import { workFolder } from './folders.ts';
import { atelier, expectRefusal, succeed } from './program.ts';

const work = workFolder();
const answers = z.object({
  model: z.literal('m1'),
  images: z.array(
    z.strictObject({
      image: z.string(),
      top: z.array(z.strictObject({ class: z.string(), probability: z.number() })),
      truth: z.string().optional(),
    }),
  ),
});

beforeAll(async () => {
  await writeRun(join(work, 'run'), 'm1');
  const context = createCanvas(40, 20).getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, 40, 20);
  writeFileSync(join(work, 'white.png'), context.canvas.toBuffer('image/png'));
  writeFileSync(join(work, 'white.jpg'), context.canvas.toBuffer('image/jpeg', { quality: 1 }));
  writeFileSync(join(work, 'foo.txt'), 'hello');
  mkdirSync(join(work, 'folder'));
});

async function predict(...args: readonly string[]) {
  const { stdout } = await succeed(['predict', 'run', ...args, '--json', '--threads', '1'], work);
  return answers.parse(JSON.parse(stdout)).images;
}

describe('predict', () => {
  it('answers places in a split and files, in the order asked for', async () => {
    const images = await predict('17', 'white.png', '42', './white.jpg');
    expect(images.map(({ image }) => image)).toEqual(['test image 17', 'white.png', 'test image 42', './white.jpg']);
    const { images: tested, classes } = await loadReal('test');
    expect(images.map(({ truth }) => truth)).toEqual([
      classes[tested.labels[17] ?? 0],
      undefined,
      classes[tested.labels[42] ?? 0],
      undefined,
    ]);
    for (const { top } of images) {
      expect(top).toHaveLength(3);
      expect(top.map(({ probability }) => probability)).toEqual(
        top.map(({ probability }) => probability).sort((a, b) => b - a),
      );
    }
    // The same picture by two formats.
    const [, png, , jpeg] = images;
    expect(jpeg?.top.map(({ class: name }) => name)).toEqual(png?.top.map(({ class: name }) => name));
  });

  it('of ten classes the probabilities add up to 1; inverted, the picture is another', async () => {
    const [plain] = await predict('white.png', '--top', '10');
    const [inverted] = await predict('white.png', '--top', '10', '--invert');
    for (const answer of [plain, inverted])
      expect(answer?.top.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
    expect(inverted?.top).not.toEqual(plain?.top);
  });

  it('counts in the split that was asked for', async () => {
    const [first] = await predict('39', '--split', 'validation');
    expect(first?.image).toBe('validation image 39');
    const outcome = await atelier(['predict', 'run', '40', '--split', 'validation'], work);
    expectRefusal(outcome, 2, 'there is no validation image 40; there are 40: 0 to 39');
  });

  it('prints a table', async () => {
    const { stdout } = await succeed(['predict', 'run', '17', '--top', '2', '--quiet'], work);
    const [header, , first, second] = stdout.split('\n');
    expect(header).toMatch(/^image +class +probability +true class$/);
    expect(first).toMatch(/^test image 17 +\S.* +\d+\.\d\d % +Coat \((right|wrong)\)$/);
    expect(second).toMatch(/^ +\S.* +\d+\.\d\d %$/);
  });
});

describe('predict refuses', () => {
  it.each([
    [['10000'], 2, 'there is no test image 10000; there are 10,000: 0 to 9999. A file of that name would be ./10000'],
    [['shoe.png'], 1, "cannot read the picture 'shoe.png': it does not exist"],
    [['foo.txt'], 1, "'foo.txt' is no PNG or JPEG"],
    [['folder'], 1, "'folder' is a folder"],
    [['17', '--top', '0'], 2, '--top: expected a whole number from 1 to 10'],
    [['17', '--top', '11'], 2, '--top: expected a whole number from 1 to 10'],
    [['17', '--checkpoint', 'last'], 1, 'has no last checkpoint'],
  ] as const)('%j', async (args, code, message) => {
    expectRefusal(await atelier(['predict', 'run', ...args], work), code, message);
  });

  it('a folder that is no run', async () => {
    expectRefusal(await atelier(['predict', 'folder', '17'], work), 2, "'folder' is no run folder");
  });
});
