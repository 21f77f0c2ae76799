import type { Confusion } from '../../src/evaluation/confusion.ts';
import { classMetrics } from '../../src/evaluation/metrics.ts';
import type { CurvePoint } from '../../src/rendering/charts/training-curves.ts';
import type { Raster } from '../../src/rendering/raster.ts';

export const classNames = ['T-shirt/top', 'Trouser', 'Ankle boot'];

/** Rows are true classes. */
export const confusion: Confusion = [
  [90, 2, 8],
  [0, 50, 0],
  [30, 0, 70],
];

export const classes = classMetrics(confusion, classNames);
export const otherClasses = classMetrics(
  [
    [80, 10, 10],
    [1, 49, 0],
    [10, 0, 90],
  ],
  classNames,
);

/** Falling loss, rising accuracy; validation turns after epoch 4. */
export function history(epochs: number, lr: (epoch: number) => number = () => 1e-3): CurvePoint[] {
  return Array.from({ length: epochs }, (_, index) => ({
    epoch: index + 1,
    train: { loss: 0.6 / (index + 1), accuracy: 1 - 0.2 / (index + 1) },
    validation: { loss: 0.3 + 0.02 * Math.abs(index - 3), accuracy: 0.92 - 0.01 * Math.abs(index - 3) },
    lr: lr(index + 1),
  }));
}

/** A grey ramp with a white frame on one side: every orientation looks different. */
export function ramp(shift = 0): Raster {
  const pixels = Uint8Array.from({ length: 784 }, (_, at) =>
    at % 28 === 0 ? 255 : (9 * Math.floor(at / 28) + shift) % 256,
  );
  return { channels: 1, width: 28, height: 28, pixels };
}

/** Red rises from left to right, green from top to bottom, blue is the same everywhere: no two channels look alike. */
export function colours(blue = 40): Raster {
  const [width, height] = [12, 8];
  const plane = (level: (x: number, y: number) => number) =>
    Array.from({ length: width * height }, (_, at) => level(at % width, Math.floor(at / width)));
  const pixels = Uint8Array.from([...plane((x) => 20 * x), ...plane((_, y) => 30 * y), ...plane(() => blue)]);
  return { channels: 3, width, height, pixels };
}
