import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCanvas } from 'canvas';
import sharp from 'sharp';
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
      notes: z.array(z.string()).optional(),
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
  writeFileSync(join(work, 'phone.heic'), '\0\0\0\x18ftypheic\0\0\0\0mif1heic');
  mkdirSync(join(work, 'folder'));
});

async function predict(...args: readonly string[]) {
  const { stdout } = await succeed(['predict', 'run', ...args, '--json', '--threads', '1'], work);
  return answers.parse(JSON.parse(stdout)).images;
}

/** Pictures from the field. */
function fixture(name: string): string {
  return join(import.meta.dirname, '../fixtures/pictures', name);
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

  it('names --invert for what is dark on a light ground, and does not invert by itself', async () => {
    const plain = await succeed(['predict', 'run', fixture('white_ground.png'), fixture('boot.png')], work);
    const hint =
      "white_ground.png' shows dark on a light ground, while the model knows light things on black: give --invert to negate it";
    expect(plain.stderr).toContain(hint);
    expect(plain.stderr).not.toContain('boot.png');
    const [noted, unnoted] = await predict(fixture('white_ground.png'), fixture('boot.png'));
    expect(noted?.notes?.join()).toContain(hint);
    expect(unnoted?.notes).toBeUndefined();
    const inverted = await succeed(['predict', 'run', fixture('white_ground.png'), '--invert'], work);
    expect(inverted.stderr).not.toContain('--invert');
  });

  it('reads what cameras turn and what is very wide, and says nothing of it', async () => {
    const names = ['exif_first.jpg', 'xmp_then_exif.jpg', 'wide.png'].map(fixture);
    const { stdout, stderr } = await succeed(['predict', 'run', ...names, '--json', '--quiet'], work);
    const [first, other, wide] = answers.parse(JSON.parse(stdout)).images;
    expect(stderr).toBe('');
    expect(other?.top).toEqual(first?.top);
    expect(wide?.top).toHaveLength(3);
  });

  it('says that of an animation the first frame is classified', async () => {
    const frames = Buffer.concat([Buffer.alloc(3 * 28 * 28, 250), Buffer.alloc(3 * 28 * 28, 5)]);
    const raw = { width: 28, height: 56, channels: 3, pageHeight: 28 } as const;
    writeFileSync(join(work, 'two.gif'), await sharp(frames, { raw }).gif().toBuffer());
    const { stderr } = await succeed(['predict', 'run', 'two.gif'], work);
    expect(stderr).toContain("'two.gif' has 2 frames or pages: the first one is classified");
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
    [
      ['foo.txt'],
      1,
      "'foo.txt' is no picture of a kind that is read: expected PNG, JPEG, WebP, AVIF, GIF, TIFF or SVG",
    ],
    [['phone.heic'], 1, "'phone.heic' is a HEIC, which is not read: expected PNG, JPEG"],
    [[fixture('cut.jpg')], 1, "cut.jpg' is a JPEG that is cut short or damaged"],
    [[fixture('cut_with_end.jpg')], 1, "cut_with_end.jpg' is a JPEG that is cut short or damaged"],
    [['folder'], 1, 'it is a folder'],
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
