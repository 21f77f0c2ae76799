import { expect, it } from 'vitest';
import { legendOf, pointShapes } from '../../src/rendering/charts/parts.ts';
import { compileChart } from '../../src/rendering/charts/render.ts';
import { mostLegendModels, scoresChart } from '../../src/rendering/charts/scores.ts';
import { darkTheme, lightTheme } from '../../src/rendering/theme.ts';

it.each([lightTheme, darkTheme])('the first 20 models differ in shape or colour ($name)', ({ categories }) => {
  const looks = Array.from({ length: 20 }, (_, index) =>
    [pointShapes[index % pointShapes.length], categories[index % categories.length]].join(),
  );
  expect(new Set(looks).size).toBe(20);
});

it('a legend has as many columns as its longest name leaves room for', () => {
  expect(legendOf(['Model 1', 'Model 2'])).toEqual({ columns: 2 });
  expect(legendOf(Array.from({ length: 20 }, (_, index) => `Model 1 (1911${index + 10})`)).columns).toBe(3);
  expect(legendOf(['x'.repeat(200), 'y'])).toEqual({ columns: 1 });
});

it.each([
  [mostLegendModels, ['accuracy']],
  [20, Array.from({ length: 20 }, (_, index) => `run ${index}`)],
])('of %i runs, rows are named after %j', (count, names) => {
  const values = Array.from({ length: count }, (_, index) => ({
    measure: 'accuracy',
    model: `run ${index}`,
    value: 0.9 + index / 1000,
  }));
  const { scales = [] } = compileChart(scoresChart(values, { title: 'Scores' }));
  expect(scales.find(({ name }) => name === 'y')?.domain).toEqual(names);
});
