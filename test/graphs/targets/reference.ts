/** The training operators in plain loops and double precision, after their formulas. */

type Numbers = ArrayLike<number>;

const at = (values: Numbers, index: number) => values[index] ?? Number.NaN;

export interface ConvGeometry {
  readonly images: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly height: number;
  readonly width: number;
  readonly kernel: readonly [number, number];
  readonly padding: readonly [number, number];
}

export function resultSize({ height, width, kernel, padding }: ConvGeometry): readonly [number, number] {
  return [height + 2 * padding[0] - kernel[0] + 1, width + 2 * padding[1] - kernel[1] + 1];
}

export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
}

/** For each position of a window over height x width: the positions below it, -1 in the padding, in row-major order. */
function windows(height: number, width: number, { kernel, strides, dilations, pads }: Window) {
  const count = (size: number, axis: 0 | 1) =>
    Math.floor(
      (size + pads[axis] + pads[axis === 0 ? 2 : 3] - dilations[axis] * (kernel[axis] - 1) - 1) / strides[axis],
    ) + 1;
  const found: number[][] = [];
  for (let r = 0; r < count(height, 0); r++)
    for (let s = 0; s < count(width, 1); s++) {
      const below: number[] = [];
      for (let i = 0; i < kernel[0]; i++)
        for (let j = 0; j < kernel[1]; j++) {
          const h = r * strides[0] + i * dilations[0] - pads[0];
          const w = s * strides[1] + j * dilations[1] - pads[1];
          below.push(h < 0 || h >= height || w < 0 || w >= width ? -1 : h * width + w);
        }
      found.push(below);
    }
  return found;
}

/** Y = X * W + B for X [images, inputs, height, width] and W [outputs, inputs, ...kernel]. */
export function convolution(
  x: Numbers,
  weight: Numbers,
  bias: Numbers | null,
  [images, inputs, height, width]: readonly [number, number, number, number],
  outputs: number,
  window: Window,
) {
  const places = windows(height, width, window);
  const taps = window.kernel[0] * window.kernel[1];
  const y: number[] = [];
  for (let n = 0; n < images; n++)
    for (let m = 0; m < outputs; m++)
      for (const below of places) {
        let sum = bias === null ? 0 : at(bias, m);
        for (let c = 0; c < inputs; c++)
          below.forEach((p, k) => {
            if (p >= 0) sum += at(x, (n * inputs + c) * height * width + p) * at(weight, (m * inputs + c) * taps + k);
          });
        y.push(sum);
      }
  return y;
}

/** The maximum of each window of `planes` images, and where in X its first one stands. */
export function maxPool(x: Numbers, planes: number, height: number, width: number, window: Window) {
  const [y, indices]: [number[], number[]] = [[], []];
  for (let plane = 0; plane < planes; plane++)
    for (const below of windows(height, width, window)) {
      const there = below.filter((p) => p >= 0).map((p) => plane * height * width + p);
      const largest = Math.max(...there.map((p) => at(x, p)));
      y.push(largest);
      indices.push(there.find((p) => at(x, p) === largest) ?? -1);
    }
  return { y, indices };
}

/** Gradients of Y = X * W + B: every product of the forward sum, sent back to its two factors. */
export function convGradient(dY: Numbers, x: Numbers, weight: Numbers, g: ConvGeometry) {
  const [rows, columns] = resultSize(g);
  const [kh, kw] = g.kernel;
  const dX = new Float64Array(g.images * g.inputs * g.height * g.width);
  const dW = new Float64Array(g.outputs * g.inputs * kh * kw);
  const dB = new Float64Array(g.outputs);
  for (let n = 0; n < g.images; n++)
    for (let m = 0; m < g.outputs; m++)
      for (let r = 0; r < rows; r++)
        for (let s = 0; s < columns; s++) {
          const d = at(dY, ((n * g.outputs + m) * rows + r) * columns + s);
          dB[m] = at(dB, m) + d;
          for (let c = 0; c < g.inputs; c++)
            for (let i = 0; i < kh; i++)
              for (let j = 0; j < kw; j++) {
                const [h, w] = [r + i - g.padding[0], s + j - g.padding[1]];
                if (h < 0 || h >= g.height || w < 0 || w >= g.width) continue;
                const p = ((n * g.inputs + c) * g.height + h) * g.width + w;
                const q = ((m * g.inputs + c) * kh + i) * kw + j;
                dX[p] = at(dX, p) + d * at(weight, q);
                dW[q] = at(dW, q) + d * at(x, p);
              }
        }
  return { dX, dW, dB };
}

/** dY goes to the first maximum of each size×size window, in row-major order. */
export function maxPoolGradient(dY: Numbers, x: Numbers, planes: number, height: number, width: number, size: number) {
  const dX = new Float64Array(planes * height * width);
  const [rows, columns] = [height / size, width / size];
  for (let p = 0; p < planes; p++)
    for (let r = 0; r < rows; r++)
      for (let s = 0; s < columns; s++) {
        let first = -1;
        for (let i = 0; i < size; i++)
          for (let j = 0; j < size; j++) {
            const position = (p * height + r * size + i) * width + s * size + j;
            if (first < 0 || at(x, position) > at(x, first)) first = position;
          }
        dX[first] = at(dY, (p * rows + r) * columns + s);
      }
  return dX;
}

/** Images, channels, and the positions of an image. */
type ChannelSize = readonly [images: number, channels: number, area: number];

/** Where channel `c` of [images, channels, area] lies, its mean, Σ (x - mean)² and 1/√(variance + ε), in two passes. */
function channelStatistics(x: Numbers, c: number, [images, channels, area]: ChannelSize, epsilon: number) {
  const count = images * area;
  const positions = Array.from({ length: count }, (_, k) => (Math.floor(k / area) * channels + c) * area + (k % area));
  const mean = positions.reduce((sum, p) => sum + at(x, p), 0) / count;
  const squares = positions.reduce((sum, p) => sum + (at(x, p) - mean) ** 2, 0);
  return { positions, mean, squares, invStd: 1 / Math.sqrt(squares / count + epsilon) };
}

/** Batch normalization of [images, channels, area]: two-pass statistics, as the textbook has them. */
export function batchNorm(
  x: Numbers,
  scale: Numbers,
  offset: Numbers,
  running: { readonly mean: Numbers; readonly variance: Numbers },
  size: ChannelSize,
  epsilon: number,
  momentum: number,
) {
  const [images, channels, area] = size;
  const count = images * area;
  const y = new Float64Array(x.length);
  const [runningMean, runningVariance, means, invStds] = [0, 1, 2, 3].map(() => new Float64Array(channels));
  for (let c = 0; c < channels; c++) {
    const { positions, mean, squares, invStd } = channelStatistics(x, c, size, epsilon);
    for (const p of positions) y[p] = (at(x, p) - mean) * invStd * at(scale, c) + at(offset, c);
    runningMean?.set([at(running.mean, c) * (1 - momentum) + mean * momentum], c);
    runningVariance?.set([at(running.variance, c) * (1 - momentum) + (squares / (count - 1)) * momentum], c);
    means?.set([mean], c);
    invStds?.set([invStd], c);
  }
  return [y, runningMean, runningVariance, means, invStds];
}

/** dX = scale invStd (dY - mean(dY) - x̂ mean(dY x̂)), dscale = Σ dY x̂, dB = Σ dY (Ioffe and Szegedy, 2015, section 3). */
export function batchNormGradient(dY: Numbers, x: Numbers, scale: Numbers, size: ChannelSize, epsilon: number) {
  const [images, channels, area] = size;
  const count = images * area;
  const dX = new Float64Array(x.length);
  const [dScale, dOffset] = [new Float64Array(channels), new Float64Array(channels)];
  for (let c = 0; c < channels; c++) {
    const { positions, mean, invStd } = channelStatistics(x, c, size, epsilon);
    const normalized = (p: number) => (at(x, p) - mean) * invStd;
    const [sum, product] = [
      positions.reduce((total, p) => total + at(dY, p), 0),
      positions.reduce((total, p) => total + at(dY, p) * normalized(p), 0),
    ];
    for (const p of positions)
      dX[p] = at(scale, c) * invStd * (at(dY, p) - sum / count - (normalized(p) * product) / count);
    dScale[c] = product;
    dOffset[c] = sum;
  }
  return [dX, dScale, dOffset];
}

/** Mean cross-entropy of rows of scores, log-probabilities, and the gradient of dLoss · loss. */
export function crossEntropy(scores: Numbers, labels: readonly number[], classes: number, dLoss: number) {
  const logProb = new Float64Array(scores.length);
  const dScores = new Float64Array(scores.length);
  let loss = 0;
  labels.forEach((label, n) => {
    const row = Array.from({ length: classes }, (_, k) => at(scores, n * classes + k));
    const largest = Math.max(...row);
    const logSum = largest + Math.log(row.reduce((sum, score) => sum + Math.exp(score - largest), 0));
    row.forEach((score, k) => {
      logProb[n * classes + k] = score - logSum;
      const target = k === label ? 1 : 0;
      dScores[n * classes + k] = ((Math.exp(score - logSum) - target) * dLoss) / labels.length;
    });
    loss -= at(logProb, n * classes + label) / labels.length;
  });
  return { loss, logProb, dScores };
}

export interface AdamWConstants {
  readonly alpha: number;
  readonly beta: number;
  readonly epsilon: number;
  readonly weight_decay: number;
}

/** Algorithm 2 of Loshchilov and Hutter (2019) in PyTorch's arrangement. */
export function adamw(
  [weight, gradient, first, second]: readonly [Numbers, Numbers, Numbers, Numbers],
  rate: number,
  step: number,
  { alpha, beta, epsilon, weight_decay }: AdamWConstants,
) {
  const m = Float64Array.from(gradient, (g, i) => alpha * at(first, i) + (1 - alpha) * g);
  const v = Float64Array.from(gradient, (g, i) => beta * at(second, i) + (1 - beta) * g * g);
  const p = Float64Array.from(weight, (w, i) => {
    const scale = Math.sqrt(at(v, i)) / Math.sqrt(1 - beta ** step) + epsilon;
    return w * (1 - rate * weight_decay) - ((rate / (1 - alpha ** step)) * at(m, i)) / scale;
  });
  return [p, m, v];
}
