import { parse, View } from 'vega';
import { describe, expect, test } from 'vitest';
import { calibrationChart } from '../../src/rendering/charts/calibration.ts';
import { classScoresChart } from '../../src/rendering/charts/class-scores.ts';
import { confusionChart } from '../../src/rendering/charts/confusion.ts';
import { differencesChart } from '../../src/rendering/charts/differences.ts';
import { sideTicks } from '../../src/rendering/charts/picture-sizes.ts';
import { formatRate } from '../../src/rendering/charts/rate-panel.ts';
import { compileChart, renderChart, type TopLevelSpec } from '../../src/rendering/charts/render.ts';
import { scoresChart } from '../../src/rendering/charts/scores.ts';
import { trainingCurves } from '../../src/rendering/charts/training-curves.ts';
import { darkTheme, lightTheme, rampTurn, type Theme } from '../../src/rendering/theme.ts';
import { decode, expectPicture } from './pictures.ts';
import { classes, classNames, confusion, history, otherClasses } from './samples.ts';

const models = [
  { name: 'm1', classes },
  { name: 'm2', classes: otherClasses },
];
const bins = [0, 1, 2, 3].map((index) => ({
  low: index / 4,
  high: (index + 1) / 4,
  count: index * 20,
  confidence: index === 0 ? null : (index + 0.6) / 4,
  // The third bin says too little, the others too much.
  accuracy: index === 0 ? null : (index + (index === 2 ? 0.8 : 0.2)) / 4,
}));
const scores = models.flatMap(({ name }, at) =>
  ['accuracy', 'macro F1'].map((measure, row) => {
    const value = 0.9 + 0.02 * at - 0.01 * row;
    return { measure, model: name, value, low: value - 0.02, high: value + 0.015 };
  }),
);
const differences = classNames.map((name, index) => {
  const difference = (index - 1) * 0.05;
  return {
    name,
    difference: { first: 0.9, second: 0.9 + difference, difference, low: difference - 0.02, high: difference + 0.02 },
  };
});
const halved = (epoch: number): number => (epoch < 4 ? 1e-3 : 5e-4);

const charts: Record<string, TopLevelSpec> = {
  'training-curves': trainingCurves(history(6, halved), { title: 'Training of m2', bestEpoch: 4 }),
  'class-scores': classScoresChart(models, { title: 'Scores per class' }),
  'classification-report': classScoresChart(models.slice(0, 1), { title: 'Classification report of m1' }),
  scores: scoresChart(scores, { title: 'Accuracy and F1', subtitle: '95 % intervals' }),
  confusion: confusionChart(confusion, classNames, { title: 'Confusion of m1', numbers: 'shares' }),
  calibration: calibrationChart({ error: 0.1, bins }, { title: 'Calibration of m1' }),
  differences: differencesChart(differences, { title: 'Recall', models: ['m1', 'm2'] }),
};

describe('pictures', () => {
  test.each(Object.entries(charts))('%s looks as it did', async (name, spec) => {
    await expectPicture(await renderChart(spec, { scale: 1 }), name);
  });

  test('the scale enlarges a chart, the theme colours it, the resolution keeps its printed size', async () => {
    const spec = scoresChart([{ measure: 'accuracy', model: 'm1', value: 0.9, low: 0.88, high: 0.92 }], {
      title: 'Scores',
    });
    const once = await decode(await renderChart(spec, { scale: 1 }));
    const png = await renderChart(spec, { scale: 2, theme: darkTheme });
    const twice = await decode(png);
    // Half a unit of text may round up.
    expect(Math.abs(twice.width - 2 * once.width)).toBeLessThan(2);
    expect(Math.abs(twice.height - 2 * once.height)).toBeLessThan(2);
    expect(once.at(0, 0)).toEqual([255, 255, 255]);
    expect(twice.at(0, 0)).toEqual([0x14, 0x18, 0x1d]);
    const physical = png.indexOf('pHYs') + 4;
    expect(png.readUInt32BE(physical) * 0.0254).toBeCloseTo(144, 0);
  });

  test.each([0, -1, Number.NaN, 9])('a scale of %d is refused', async (scale) => {
    await expect(renderChart(trainingCurves(history(2), { title: 'm1' }), { scale })).rejects.toThrow('more than 0');
  });
});

describe('specifications', () => {
  test.each(Object.entries(charts))('%s is plain JSON and free of colours of a theme', (_, spec) => {
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    for (const color of [lightTheme.ink, lightTheme.muted, ...lightTheme.categories]) {
      expect(JSON.stringify(spec)).not.toContain(color);
    }
  });

  test('a warning of Vega-Lite is an error of ours', () => {
    const faulty: TopLevelSpec = {
      title: 'faulty',
      data: { values: [{ a: 1 }] },
      mark: 'bar',
      encoding: {
        x: { field: 'a', type: 'quantitative', scale: { type: 'log', nice: false } },
        theta2: { field: 'a' },
      },
    };
    expect(() => compileChart(faulty)).toThrow(/internal: faults in the chart "faulty"/);
  });

  test('numbers on the ramps of both themes keep a contrast of 4 to 1', () => {
    for (const theme of [lightTheme, darkTheme]) {
      for (const ramp of [theme.rightRamp, theme.wrongRamp]) {
        for (let weight = 0; weight <= 1; weight += 0.01) {
          const text = weight < rampTurn ? theme.onWeak : theme.onStrong;
          expect(contrast(text, mix(ramp, weight)), `${theme.name} at ${weight}`).toBeGreaterThan(4);
        }
      }
    }
  });

  test.each([lightTheme, darkTheme])('text in the $name theme keeps a contrast of 4.5 to 1', (theme: Theme) => {
    for (const color of [theme.ink, theme.muted, theme.right, theme.wrong]) {
      expect(contrast(color, rgb(theme.paper)), color).toBeGreaterThan(4.5);
    }
  });
});

describe('training curves', () => {
  test('a diverged epoch breaks the line and does not break the chart', async () => {
    const diverged = history(3).map((one) =>
      one.epoch === 3 ? { ...one, train: { loss: Number.NaN, accuracy: 0.1 } } : one,
    );
    const spec = trainingCurves(diverged, { title: 'Diverged' });
    expect(JSON.stringify(spec)).toContain('"loss":null');
    await renderChart(spec, { scale: 1 });
  });

  test('a rate that never changes is said, one that changes is drawn', () => {
    const panels = (spec: TopLevelSpec) => ('vconcat' in spec ? spec.vconcat.length : 0);
    const constant = trainingCurves(history(3), { title: 'm1', bestEpoch: 2 });
    expect(panels(constant)).toBe(2);
    expect(constant.title).toMatchObject({
      subtitle: ['best epoch 2: validation loss 0.3400, accuracy 90.00 %', 'learning rate 0.001 throughout'],
    });
    expect(
      panels(
        trainingCurves(
          history(3, (epoch) => 1 / epoch),
          { title: 'm1' },
        ),
      ),
    ).toBe(3);
  });

  test('can be zoomed on request, but a drawing has no pointer', () => {
    const params = (interactive: boolean): number =>
      JSON.stringify(compileChart(trainingCurves(history(3), { title: 'm1', interactive }))).split('zoom_loss').length;
    expect(params(true)).toBeGreaterThan(1);
    expect(params(false)).toBe(1);
  });

  test('a single epoch and a rate over four decades are drawn', async () => {
    await renderChart(trainingCurves(history(1), { title: 'One', bestEpoch: 1 }), { scale: 1 });
    await renderChart(
      trainingCurves(
        history(30, (epoch) => 10 ** (-epoch / 6)),
        { title: 'Many' },
      ),
      { scale: 1 },
    );
  });

  test('no epoch, or a best one that is not there, is refused', () => {
    expect(() => trainingCurves([], { title: 'm1' })).toThrow("no epoch in the history of 'm1'");
    expect(() => trainingCurves(history(3), { title: 'm1', bestEpoch: 9 })).toThrow(
      'epochs 1 to 3, but not the best one, 9',
    );
  });
});

test('the confusion matrix writes counts, or per cent of the row', () => {
  const texts = (numbers: 'counts' | 'shares'): string =>
    JSON.stringify(confusionChart(confusion, classNames, { title: 'm1', numbers }).data);
  expect(texts('counts')).toContain('"text":"30"');
  expect(texts('shares')).toContain('"count":30,"share":0.3,"weight":1,"text":"30.0"');
  expect(() => confusionChart([[1]], classNames, { title: 'm1', numbers: 'counts' })).toThrow('expected 3 x 3');
});

/** All that is written on a chart, in the order of its drawing. */
async function textsOf(spec: TopLevelSpec): Promise<readonly string[]> {
  const view = new View(parse(compileChart(spec)), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return [...svg.matchAll(/<text[^>]*>([^<]+)</g)].map(([, text = '']) => text);
}

describe('the scores of classes', () => {
  test('of one model are written beside their dots, those of several are not', async () => {
    const numbers = async (some: typeof models) =>
      (await textsOf(classScoresChart(some, { title: 'x' }))).filter((text) => /^0\.\d{4}$/.test(text));
    const written = classes.flatMap(({ precision, recall, f1 }) => [precision, recall, f1].map((of) => of.toFixed(4)));
    expect((await numbers(models.slice(0, 1))).toSorted()).toEqual(
      written.filter((text) => text !== '1.0000').toSorted(),
    );
    expect(await numbers(models)).toEqual([]);
  });

  test('leave room for long names and for their numbers', async () => {
    const long = 'n02099601 golden retriever, a dog of Scotland, sitting on grass';
    const renamed = classes.map((one, at) => (at === 1 ? { ...one, name: long } : one));
    const draw = async (some: typeof classes) => {
      const spec = classScoresChart([{ name: 'm1', classes: some }], { title: 'x' });
      return { texts: await textsOf(spec), width: (await decode(await renderChart(spec, { scale: 1 }))).width };
    };
    const [short, wide] = [await draw(classes), await draw(renamed)];
    expect(wide.texts).toContain(long);
    expect(wide.width).toBeGreaterThan(short.width + 250);
  });
});

test('scores are drawn where they lie, with their numbers, not from zero', async () => {
  const spec = scoresChart(scores, { title: 'x' });
  const texts = await textsOf(spec);
  for (const { value } of scores) expect(texts).toContain(value.toFixed(4));
  const ticks = texts.map(Number).filter((number) => Number.isFinite(number));
  expect(Math.min(...ticks)).toBeGreaterThan(0.8);
  expect(new Set(texts.filter((text) => /^0\.\d{2,3}$/.test(text))).size).toBeGreaterThan(3);
  expect(() => scoresChart([], { title: 'Scores' })).toThrow("nothing to compare in 'Scores'");
});

describe('the calibration chart', () => {
  const spec = calibrationChart({ error: 0.1, bins }, { title: 'm1' });

  test('tells bins that say too much from those that say too little, and how sure that is', () => {
    const values: unknown = spec.data && 'values' in spec.data ? spec.data.values : [];
    const [over, under] = ['over-confident: says too much', 'under-confident: says too little'];
    expect(values).toMatchObject([
      { count: 0, accuracy: null },
      { direction: over, count: 20 },
      // Wilson's interval of 28 of 40.
      {
        direction: under,
        count: 40,
        from: expect.closeTo(0.5457, 3),
        to: expect.closeTo(0.8193, 3),
        gap: expect.closeTo(-0.05, 12),
      },
      { direction: over, count: 60 },
    ]);
  });

  test('writes the images of each bin, and says which bins are empty', async () => {
    const subtitle = ['expected calibration error 0.1000', '120 predictions in 4 bins, 1 of them empty'];
    expect(spec.title).toMatchObject({ subtitle });
    const texts = await textsOf(spec);
    for (const text of ['0', '20', '40', '60', 'empty']) expect(texts).toContain(text);
    expect(texts.filter((text) => text === 'empty')).toHaveLength(1);
  });
});

test('a learning rate is written with few digits', () => {
  expect([1e-3, 0.00025, 7.8125e-6, 6.698729810778065e-5, 0].map(formatRate)).toEqual([
    '0.001',
    '0.00025',
    '7.8125e-6',
    '6.69873e-5',
    '0',
  ]);
});

test('an axis of sizes has numbers all along it', () => {
  expect(sideTicks([72.8, 188.75])).toEqual([80, 100, 120, 140, 160, 180]);
  expect(sideTicks([51.2, 80])).toEqual([55, 60, 65, 70, 75, 80]);
  expect(sideTicks([100, 8000])).toEqual([100, 200, 500, 1000, 2000, 5000]);
  expect(sideTicks([1, 1.25])).toEqual([1]);
});

test('nothing to draw is refused', () => {
  expect(() => classScoresChart([], { title: 'Scores' })).toThrow("no model to draw in 'Scores'");
  expect(() => scoresChart([], { title: 'Scores' })).toThrow("nothing to compare in 'Scores'");
  expect(() => differencesChart([], { title: 'F1', models: ['a', 'b'] })).toThrow("nothing to compare in 'F1'");
  expect(() => calibrationChart({ error: 0, bins: [] }, { title: 'm1' })).toThrow("no prediction in the bins of 'm1'");
  const renamed = classes.map((one) => ({ ...one, name: `${one.name}?` }));
  expect(() =>
    classScoresChart(
      [
        { name: 'a', classes },
        { name: 'b', classes: renamed },
      ],
      { title: 'x' },
    ),
  ).toThrow("'b' knows the classes T-shirt/top?");
});

const rgb = (hex: string): number[] => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

function mix([from, to]: readonly [string, string], share: number): number[] {
  const end = rgb(to);
  return rgb(from).map((value, channel) => value + ((end[channel] ?? 0) - value) * share);
}

/** WCAG 2.1: relative luminance, contrast ratio. */
function contrast(text: string, background: readonly number[]): number {
  const luminance = (color: readonly number[]): number => {
    const [red = 0, green = 0, blue = 0] = color.map((value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [light = 0, dark = 0] = [luminance(rgb(text)), luminance(background)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}
