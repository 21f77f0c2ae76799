import { scheme } from 'vega';
import { describe, expect, test } from 'vitest';
import { mapAhead } from '../../src/map-ahead.ts';
import { renderChannelSheet } from '../../src/rendering/activations/channel-sheet.ts';
import { mapColor, sheetPalette as paletteOf } from '../../src/rendering/activations/color-map.ts';
import { activationSheets } from '../../src/rendering/activations/sheet.ts';
import { encodeSheet } from '../../src/rendering/activations/sheet-png.ts';
import { darkTheme, lightTheme } from '../../src/rendering/theme.ts';
import { decode, expectPicture } from './pictures.ts';
import { colours, ramp } from './samples.ts';

const sheetPalette = paletteOf(lightTheme);

/** Two channels of 20 x 20: one rises from 0 to 399, one is 100 times lower; each value a square of 8 pixels on the sheet. */
const shape = [2, 20, 20] as const;
const maps = Float32Array.from({ length: 800 }, (_, at) => (at < 400 ? at : (at - 400) / 100));
const content = { title: 'test image 3: Trouser', image: ramp(), maps };
/** Top left corners on the sheet, as sheet-layout.ts places them: map of channel 0, map of channel 1, input image. */
const first = { x: 364, y: 144 };
const second = { x: 536, y: 144 };
const input = { x: 28, y: 144 };

describe('the colour map', () => {
  test('is viridis', () => {
    const reference: unknown = scheme('viridis');
    if (typeof reference !== 'function') throw new Error('vega has no viridis');
    for (let step = 0; step <= 255; step += 1) {
      expect(`rgb(${mapColor(step / 255).join(', ')})`).toBe(reference(step / 255));
    }
  });

  test('grows lighter all the way', () => {
    const lightness = Array.from({ length: 101 }, (_, step) => {
      const [red, green, blue] = mapColor(step / 100);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    });
    for (const [step, value] of lightness.entries()) expect(value).toBeGreaterThan(lightness[step - 1] ?? -1);
  });

  test.each([-0.1, 1.1, Number.NaN])('has no colour for %d', (share) => {
    expect(() => mapColor(share)).toThrow('expected 0 to 1');
  });
});

test('an indexed PNG is read by libpng pixel for pixel', async () => {
  const [width, height] = [37, 300];
  const indices = Buffer.from(
    Uint8Array.from({ length: width * height }, (_, at) => (at % width) + Math.floor(at / width / 5)),
  );
  const pixels = await decode(await encodeSheet({ width, height, indices, overlays: [] }, sheetPalette));
  expect([pixels.width, pixels.height]).toEqual([width, height]);
  for (let at = 0; at < indices.length; at += 1) {
    const index = 3 * (indices[at] ?? 0);
    expect(pixels.at(at % width, Math.floor(at / width))).toEqual([...sheetPalette.subarray(index, index + 3)]);
  }
});

describe('activation sheets', () => {
  test('look as they did', async () => {
    const render = activationSheets({ name: 'conv1', shape: [8, 10, 10], scaling: 'map' });
    const waves = Float32Array.from({ length: 800 }, (_, at) => Math.sin((at % 100) / (3 + Math.floor(at / 100))));
    await expectPicture(await render({ ...content, maps: waves }), 'activation-sheet');
  });

  test('show the input and each value as a square of its colour, each map from its lowest to its highest', async () => {
    const pixels = await decode(await activationSheets({ name: 'conv1', shape, scaling: 'map' })(content));
    for (const { x, y } of [first, second]) {
      expect(pixels.at(x, y)).toEqual([...mapColor(0)]);
      expect(pixels.at(x + 159, y + 159)).toEqual([...mapColor(1)]);
      expect(pixels.at(x + 160, y)).toEqual([255, 255, 255]);
      // Value 210 of 399, row 10, column 10: level floor(210 / 399 * 128) = 67 of 127.
      for (const [dx, dy] of [
        [80, 80],
        [87, 87],
      ] as const)
        expect(pixels.at(x + dx, y + dy)).toEqual([...mapColor(67 / 127)]);
    }
    expect(pixels.at(input.x, input.y + 279)).toEqual([255, 255, 255]);
    expect(pixels.at(input.x + 10, input.y)).toEqual([0, 0, 0]);
  });

  test('may share one range', async () => {
    const pixels = await decode(await activationSheets({ name: 'conv1', shape, scaling: 'layer' })(content));
    expect(pixels.at(first.x + 159, first.y + 159)).toEqual([...mapColor(1)]);
    expect(pixels.at(second.x + 159, second.y + 159)).toEqual([...mapColor(1 / 127)]);
  });

  test('show the channels asked for, in that order', async () => {
    const pixels = await decode(
      await activationSheets({ name: 'conv1', shape, channels: [1, 0], scaling: 'layer' })(content),
    );
    expect(pixels.at(second.x + 159, second.y + 159)).toEqual([...mapColor(1)]);
  });

  test('show an input in its colours, and one that is larger than its place reduced', async () => {
    const render = activationSheets({ name: 'conv1', shape, scaling: 'map' });
    const pixels = await decode(await render({ ...content, image: colours() }));
    // 12 x 8 pixels, each a square of floor(280 / 12) = 23.
    for (const [x, y] of [
      [0, 0],
      [11, 7],
      [4, 3],
    ] as const)
      for (const inside of [0, 22])
        expect(pixels.at(input.x + 23 * x + inside, input.y + 23 * y + inside)).toEqual([20 * x, 30 * y, 40]);
    // All else is as on a grey sheet.
    expect(pixels.at(input.x + 276, input.y)).toEqual([255, 255, 255]);
    expect(pixels.at(first.x + 159, first.y + 159)).toEqual([...mapColor(1)]);
    const grey = await decode(await render(content));
    expect([grey.width, grey.height]).toEqual([pixels.width, pixels.height]);

    const large = { channels: 1, width: 560, height: 280, pixels: new Uint8Array(560 * 280).fill(99) };
    const reduced = await decode(await render({ ...content, image: large }));
    expect(reduced.at(input.x + 279, input.y + 139).map((level) => Math.abs(level - 99) <= 1)).toEqual([
      true,
      true,
      true,
    ]);
    expect(reduced.at(input.x, input.y + 140)).toEqual([255, 255, 255]);
  });

  test('are dark on request: paper and text change, image and maps do not', async () => {
    const render = activationSheets({ name: 'conv1', shape, scaling: 'map' });
    const [light, dark] = [await render(content), await render({ ...content, theme: darkTheme })];
    const [day, night] = [await decode(light), await decode(dark)];
    expect([night.width, night.height]).toEqual([day.width, day.height]);
    const seen = new Set<string>();
    for (let y = 0; y < day.height; y += 1)
      for (let x = 0; x < day.width; x += 1) {
        const inside = ({ x: left, y: top }: typeof first, side: number) =>
          x >= left && x < left + side && y >= top && y < top + side;
        const [before, after] = [day.at(x, y).join(), night.at(x, y).join()];
        if (inside(first, 160) || inside(second, 160) || inside(input, 280)) expect(after).toBe(before);
        else seen.add(`${before} becomes ${after}`);
      }
    expect(seen).toContain('255,255,255 becomes 20,24,29');
    expect(seen).toContain('31,35,40 becomes 232,235,238');
    // Printed they are as large as their layout says: 144 pixels an inch.
    const physical = light.indexOf('pHYs') + 4;
    expect(light.readUInt32BE(physical) * 0.0254).toBeCloseTo(144, 0);
  });

  test('leave nothing of the image before', async () => {
    const render = activationSheets({ name: 'conv1', shape, scaling: 'layer' });
    const alone = await render(content);
    await render({
      title: 'a title that is far longer than the other',
      image: ramp(77),
      maps: maps.map((value) => -1e6 * value),
    });
    expect(await render(content)).toEqual(alone);
  });

  test('read the maps before they return, so that the next batch may overwrite them', async () => {
    const render = activationSheets({ name: 'conv1', shape, scaling: 'map' });
    const shared = maps.slice();
    const underWay = render({ ...content, maps: shared });
    shared.fill(0);
    expect(await underWay).toEqual(await render(content));
  });

  test('take dead maps, vectors and many channels', async () => {
    await activationSheets({ name: 'dead', shape, scaling: 'map' })({ ...content, maps: new Float32Array(800) });
    const vector = activationSheets({ name: 'fc1', shape: [128, 1, 1], scaling: 'map' });
    const values = Float32Array.from({ length: 128 }, (_, at) => at);
    const pixels = await decode(await vector({ ...content, maps: values }));
    expect(pixels.at(364 + 15 * 172, 144 + 7 * 200)).toEqual([...mapColor(1)]);
  });

  test('refuse what cannot be drawn', async () => {
    expect(() => activationSheets({ name: 'conv1', shape, channels: [2], scaling: 'map' })).toThrow(
      'layer conv1 has no channel 2: choose from 0 to 1.',
    );
    expect(() => activationSheets({ name: 'conv1', shape, channels: [], scaling: 'map' })).toThrow('no channel');
    expect(() => activationSheets({ name: 'conv1', shape: [0, 1, 1], scaling: 'map' })).toThrow('0 x 1 x 1');
    const render = activationSheets({ name: 'conv1', shape, scaling: 'map' });
    await expect(render({ ...content, maps: maps.subarray(1) })).rejects.toThrow(
      '799 activations for conv1, expected 2 x 20 x 20',
    );
    await expect(render({ ...content, maps: maps.with(500, Number.NaN) })).rejects.toThrow(
      /conv1, channel 1 hold the value NaN/,
    );
    await expect(render({ ...content, maps: maps.with(3, -Infinity) })).rejects.toThrow(
      /channel 0 hold the value -Infinity/,
    );
    await expect(render({ ...content, image: { ...ramp(), width: 27 } })).rejects.toThrow(
      '784 pixels, expected 27 x 28',
    );
  });
});

describe('a channel over many images', () => {
  const options = { layer: 'conv1', channel: 5, shape: [20, 20], scaling: 'layer' } as const;
  const responses = [1, 2, 4].map((factor) => ({
    title: `image ${factor}`,
    image: ramp(factor),
    map: maps.slice(0, 400).map((value) => value * factor),
  }));

  test('shares its range on request', async () => {
    const pixels = await decode(await renderChannelSheet(responses, options));
    // A pair is 168 + 6 + 160 wide and 168 high, its map four lower; pairs are 36 apart.
    const lastOf = (pair: number) => pixels.at(28 + pair * (334 + 36) + 174 + 159, 92 + 4 + 159);
    expect(lastOf(2)).toEqual([...mapColor(1)]);
    expect(lastOf(0)).toEqual([...mapColor(Math.floor(128 / 4) / 127)]);
    const alone = await decode(await renderChannelSheet(responses, { ...options, scaling: 'map' }));
    expect(alone.at(28 + 174 + 159, 92 + 4 + 159)).toEqual([...mapColor(1)]);
  });

  test('refuses nothing at all, and maps of another size', async () => {
    await expect(renderChannelSheet([], options)).rejects.toThrow('nothing to draw in the sheet of channel 5 of conv1');
    const short = [{ title: 'x', image: ramp(), map: new Float32Array(3) }];
    await expect(renderChannelSheet(short, options)).rejects.toThrow("3 activations in channel 5 of conv1 for 'x'");
  });
});

describe('mapAhead', () => {
  const collect = async <T>(source: AsyncIterable<T>): Promise<T[]> => {
    const found: T[] = [];
    for await (const one of source) found.push(one);
    return found;
  };

  test('keeps the order and never has more under way than allowed', async () => {
    let underWay = 0;
    let most = 0;
    const work = async (item: number): Promise<number> => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, (7 * item) % 5));
      underWay -= 1;
      return item * item;
    };
    expect(await collect(mapAhead([1, 2, 3, 4, 5, 6, 7], 3, work))).toEqual([1, 4, 9, 16, 25, 36, 49]);
    expect(most).toBe(3);
    expect(await collect(mapAhead([], 3, work))).toEqual([]);
  });

  test('hands on failures of the source and of the work', async () => {
    const fail = async (item: number): Promise<number> => {
      if (item % 2 === 0) throw new Error(`item ${item}`);
      return item;
    };
    await expect(collect(mapAhead([1, 2, 3, 4], 4, fail))).rejects.toThrow('item 2');
    async function* broken() {
      yield 1;
      throw new Error('no more');
    }
    await expect(collect(mapAhead(broken(), 2, fail))).rejects.toThrow('no more');
    await expect(collect(mapAhead([1], 0, fail))).rejects.toThrow('whole number from 1');
  });
});
