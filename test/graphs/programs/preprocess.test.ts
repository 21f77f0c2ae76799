import { expect, it } from 'vitest';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import { GraphError } from '../../../graphs/ir/types.ts';
import { type Normalization, normalize } from '../../../graphs/programs/preprocess.ts';
import { targets } from '../../../graphs/targets/compile.ts';
import { normalizePixels } from '../../../src/export/feed.ts';
import { execute } from '../execute.ts';

const [count, height, width] = [2, 11, 16];

function graphOf(channels: number, normalization: Normalization) {
  const b = new GraphBuilder('normalized');
  b.output('y', normalize(b, b.input('images', 'uint8', [count, channels, height, width]), normalization));
  return b.finish();
}

it.each<[number, Normalization]>([
  [1, { mean: [0.286], std: [0.353] }],
  [3, { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }],
  [4, { mean: [0, 1, 0.5, 0.25], std: [1, 0.5, 0.1, 3] }],
])('%i channels: each by its own mean and standard deviation', async (channels, normalization) => {
  const shape = { channels, height, width };
  // Every level occurs in every channel.
  const images = Uint8Array.from({ length: count * channels * height * width }, (_, i) => (i * 7) % 256);
  const { y = [] } = await execute(
    graphOf(channels, normalization),
    { images: { dtype: 'uint8', shape: [count, channels, height, width], data: images } },
    targets.portable,
  );
  expect(y).toHaveLength(images.length);
  const wrong = y.findIndex((value, at) => {
    const channel = Math.floor(at / (height * width)) % channels;
    const [mean = Number.NaN, std = Number.NaN] = [normalization.mean[channel], normalization.std[channel]];
    const exact = ((images[at] ?? Number.NaN) / 255 - mean) / std;
    return !(Math.abs(value - exact) <= 1e-6 * (1 + Math.abs(exact) + Math.abs(mean / std)));
  });
  expect(wrong).toBe(-1);
  // What exported models that take normalized images are fed is the same, to the last bit.
  expect([...normalizePixels(images, shape, normalization)]).toEqual(y);
});

it('one number each for three channels, or four, is refused', () => {
  const three = [0.5, 0.5, 0.5];
  expect(() => graphOf(3, { mean: [0.5], std: three })).toThrow(GraphError);
  expect(() => graphOf(3, { mean: [0.5], std: three })).toThrow('3 values of mean expected, one per channel, got 1');
  expect(() => graphOf(3, { mean: three, std: [...three, 0.5] })).toThrow('3 values of std expected');
  expect(() => graphOf(1, { mean: three, std: three })).toThrow('1 values of mean expected');
});
