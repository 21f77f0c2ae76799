/** The catalogue's networks on images and classes that no experiment here has. */
import { describe, expect, it } from 'vitest';
import { GraphError } from '../../graphs/ir/types.ts';
import { catalogue } from '../../graphs/models/catalogue.ts';
import type { ImageShape, ModelDefinition } from '../../graphs/models/model.ts';
import { summarize } from '../../graphs/models/summary.ts';
import { targets } from '../../graphs/targets/compile.ts';
import { imageSize } from '../../src/data/images.ts';
import { programsOf } from '../../src/runtime/programs.ts';
import { initialState } from '../../src/training/initialize.ts';
import { entryOf, type ModelName, modelNames } from '../models.ts';
import { execute } from './execute.ts';
import { numbers } from './ir/fixtures.ts';

const colour: ImageShape = { channels: 3, height: 32, width: 32 };

function definitionOf(name: ModelName): ModelDefinition {
  return entryOf(name).definition;
}

const summaryOf = (name: ModelName, input: ImageShape, classes: number, width = 1) => {
  const { layers, parameters } = summarize(definitionOf(name).build(input, classes, { width }));
  const shapeOf = (layer: string) => layers.find((candidate) => candidate.name === layer)?.outputShape;
  return { shapeOf, parameters };
};

it('m1 of 3 x 32 x 32 and 7 classes: the shapes, and its parameters counted', () => {
  const { shapeOf, parameters } = summaryOf('m1', colour, 7);
  expect(['conv1', 'conv2', 'pool', 'flatten', 'fc1', 'fc2'].map(shapeOf)).toEqual([
    [32, 30, 30],
    [64, 28, 28],
    [64, 14, 14],
    [12_544],
    [128],
    [7],
  ]);
  expect(parameters).toBe(32 * (3 * 9 + 1) + 64 * (32 * 9 + 1) + 128 * (12_544 + 1) + 7 * (128 + 1));
});

it('m2 of 3 x 32 x 32 and 7 classes: the shapes, and its parameters counted', () => {
  const { shapeOf, parameters } = summaryOf('m2', colour, 7);
  expect(['stages.0.5', 'stages.0.6', 'stages.1.6', 'stages.2.5', 'pool', 'fc2'].map(shapeOf)).toEqual([
    [32, 32, 32],
    [32, 16, 16],
    [64, 8, 8],
    [128, 8, 8],
    [128],
    [7],
  ]);
  // A convolution has no bias; batch normalization has a scale and a shift for each channel.
  const block = (inputs: number, outputs: number) => inputs * outputs * 9 + 2 * outputs;
  const stages = [block(3, 32), block(32, 32), block(32, 64), block(64, 64), block(64, 128), block(128, 128)];
  expect(parameters).toBe(stages.reduce((sum, count) => sum + count) + 128 * (128 + 1) + 7 * (128 + 1));
});

it('on images that are not square, height and width keep their places', () => {
  const wide = { channels: 2, height: 10, width: 21 };
  const m1 = summaryOf('m1', wide, 3, 2);
  expect(['conv1', 'pool', 'flatten', 'fc2'].map(m1.shapeOf)).toEqual([[64, 8, 19], [128, 3, 8], [3072], [3]]);
  const m2 = summaryOf('m2', wide, 3, 2);
  expect(['stages.0.6', 'stages.1.6', 'stages.2.5', 'pool'].map(m2.shapeOf)).toEqual([
    [64, 5, 10],
    [128, 2, 5],
    [256, 2, 5],
    [256],
  ]);
});

describe('images that are too small', () => {
  const square = (edge: number): ImageShape => ({ channels: 1, height: edge, width: edge });

  it.each([
    ['m1', 6],
    ['m2', 4],
  ] as const)('for %s are those below %i pixels, either way', (name, least) => {
    const { build } = definitionOf(name);
    expect(build(square(least), 2).network.parameters.length).toBeGreaterThan(0);
    for (let edge = 1; edge < least; edge++)
      for (const input of [square(edge), { ...square(50), height: edge }, { ...square(50), width: edge }]) {
        expect(() => build(input, 2), `${input.height} x ${input.width}`).toThrow(GraphError);
        expect(() => build(input, 2)).toThrow(
          `model ${name}: images of at least ${least} x ${least} pixels expected, got ${input.height} x ${input.width}`,
        );
      }
  });
});

describe.each(modelNames)('%s', (name) => {
  it.each<[ImageShape, number]>([
    [colour, 7],
    [{ channels: 2, height: 8, width: 12 }, 2],
  ])('of %o and %i classes computes probabilities in onnxruntime', async (input, classes) => {
    const { optimizer } = entryOf(name).recipe;
    const model = definitionOf(name).build(input, classes);
    const each = (first: number) => Array.from({ length: input.channels }, (_, channel) => first + 0.1 * channel);
    const programs = programsOf(model, { optimizer, normalization: { mean: each(0.3), std: each(0.2) } }, 'portable');
    const program = programs.predict();
    const state = initialState(model.network, programs.trainStep(2), 42);
    const images = Uint8Array.from(numbers(3 * imageSize(input), 4), (number) => (number + 0.5) * 255);
    const weights = program.state.flatMap((spec) => {
      const tensor = state.get(spec.name);
      return tensor ? [[spec.name, tensor] as const] : [];
    });
    expect(weights).toHaveLength(program.state.length);
    const { logits = [], probabilities = [] } = await execute(
      program.graph,
      Object.fromEntries([
        ...weights,
        ['images', { dtype: 'uint8', shape: [3, input.channels, input.height, input.width], data: images }],
      ]),
      targets.portable,
    );
    expect([logits.length, probabilities.length]).toEqual([3 * classes, 3 * classes]);
    for (let at = 0; at < 3; at++) {
      const row = probabilities.slice(at * classes, (at + 1) * classes);
      expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    }
    expect(new Set(logits).size).toBe(3 * classes);
  });
});

it('the catalogue says how many dropout layers each of its models has', () => {
  for (const { name, dropout, build } of catalogue) {
    const layers = summarize(build(colour, 7)).layers.map(({ description }) => description);
    expect(
      layers.filter((description) => description.startsWith('Dropout')),
      name,
    ).toHaveLength(dropout.length);
  }
});
