/** Models of one's own on data of one's own: in colour, of other sizes and other numbers of classes. */
import type { ModelDefinition } from '../../graphs/models/model.ts';
import {
  batchNorm2d,
  conv2d,
  flatten,
  globalAveragePool2d,
  linear,
  maxPool2d,
  relu,
  sequential,
} from '../../graphs/nn/layers.ts';
import type { Context } from '../../src/context.ts';
import { datasetInMemory } from '../../src/data/dataset.ts';
import { type ImageShape, imageSize, imagesInMemory, type LabelledImages } from '../../src/data/images.ts';
import { libraryWording } from '../../src/message.ts';
import { prepareRun } from '../../src/training/training-run.ts';
import { silent } from '../silent.ts';

export const names = ['red', 'green', 'blue', 'yellow', 'violet', 'cyan', 'white'];
/** How much of red, green and blue each class has. */
const tints: readonly (readonly number[])[] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
  [1, 1, 0],
  [1, 0, 1],
  [0, 1, 1],
  [1, 1, 1],
];

/** Noise with a square in the colour of its class somewhere in it; no two images are alike. */
function coloured(shape: ImageShape, classes: number, count: number, seed: number): LabelledImages {
  const images = new Uint8Array(count * imageSize(shape));
  const labels = Array.from({ length: count }, (_, i) => i % classes);
  const { channels, height, width } = shape;
  let at = 0;
  for (const [index, label] of labels.entries()) {
    const draw = (n: number) => Math.imul(index * 31 + n + seed * 7919, 2654435761) >>> 24;
    const [left, top] = [draw(1) % (width - 12), draw(2) % (height - 12)];
    for (let channel = 0; channel < channels; channel += 1)
      for (let y = 0; y < height; y += 1)
        for (let x = 0; x < width; x += 1) {
          const inside = x >= left && x < left + 12 && y >= top && y < top + 12;
          // Of each channel another level: so each is normalised by numbers of its own.
          const noise = 50 + 40 * channel + (draw(at) % (60 - 20 * channel));
          images[at] = inside ? Math.round(250 * (tints[label]?.[channel] ?? 0)) : noise;
          at += 1;
        }
  }
  return imagesInMemory(shape, images, labels);
}

/** Batch normalization and global pooling. */
const pooling: ModelDefinition = {
  name: 'pooling',
  title: 'two convolutions, global average pooling',
  dropout: [],
  build: (input, classes) => ({
    name: 'pooling',
    input,
    classes,
    figureLayers: ['relu1', 'conv2'],
    network: sequential('pooling', [
      conv2d('conv1', input.channels, 8, 3, { padding: 1, bias: false }),
      batchNorm2d('bn1', 8),
      relu('relu1'),
      maxPool2d('pool1', 2),
      conv2d('conv2', 8, 16, 3, { padding: 1 }),
      relu('relu2'),
      globalAveragePool2d('gap'),
      linear('head', 16, classes),
    ]),
  }),
};

/** No global pooling: what follows the convolution depends on the order of rows, columns and channels. */
const flat: ModelDefinition = {
  name: 'flat',
  title: 'one convolution, one linear layer',
  dropout: [],
  build: (input, classes) => ({
    name: 'flat',
    input,
    classes,
    figureLayers: ['conv'],
    network: sequential('flat', [
      conv2d('conv', input.channels, 6, 3, { padding: 1 }),
      relu('relu'),
      maxPool2d('pool', 2),
      flatten('flatten'),
      linear('head', 6 * Math.floor(input.height / 2) * Math.floor(input.width / 2), classes),
    ]),
  }),
};

export const square = { channels: 3, height: 32, width: 32 };
export const wide = { channels: 3, height: 20, width: 30 };
export const squares = datasetInMemory(
  { name: 'squares', title: 'Coloured squares', classes: names, fingerprint: 'ab12', things: 'squares' },
  { train: coloured(square, 7, 300, 1), test: coloured(square, 7, 70, 2) },
);
/** Less is known of these, and they have no test images. */
export const cards = datasetInMemory(
  { name: 'cards', title: 'Cards', classes: names.slice(0, 5), fingerprint: 'cd34' },
  { train: coloured(wide, 5, 200, 3), validation: coloured(wide, 5, 60, 4) },
);

export const context: Context = {
  models: [pooling, flat],
  datasets: async (name) => {
    const found = [squares, cards].find((data) => data.name === name);
    if (found) return found;
    throw new Error(`no data set '${name}'`);
  },
  experiment: null,
  logger: silent,
  wording: libraryWording,
};

/** Trains to the end, into a folder. */
export async function train(model: string, data: string, folder: string): Promise<void> {
  const training = await prepareRun(
    {
      model,
      data,
      options: { epochs: 6, batchSize: 30, optimizer: { lr: 0.01 } },
      run: folder,
      resume: false,
      threads: 1,
      device: 'cpu',
    },
    context,
  );
  try {
    await training.train({}, new AbortController().signal);
  } finally {
    await training.release();
  }
}
