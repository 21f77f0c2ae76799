import { float32, GraphError, staticShape } from '../../ir/types.ts';
import type { Module } from '../module.ts';
import { stateless } from './stateless.ts';
import { type Padding, padsOf, padsText, pairOf, type Size, sizeText } from './window.ts';

/** What a pool can be told beside its window; PyTorch's defaults where nothing is said. */
export interface PoolOptions {
  /** Pixels from window to window; the window's size by default. */
  readonly stride?: Size;
  /** Pixels added on each side, at most half the window; 0 by default. A maximum never lies there. */
  readonly padding?: Padding;
  /** Whether windows that reach over the end count, if they begin within the data or the padding; false by default. */
  readonly ceilMode?: boolean;
}

/** Largest element of each window, stride as large as the window by default: [N,C,H,W] -> [N,C,H',W']. */
export function maxPool2d(name: string, kernel: Size, options: PoolOptions = {}): Module {
  const pool = poolOf(name, kernel, options);
  return stateless(name, `MaxPool2d(${pool.text})`, (f, x) => {
    const [y] = f.b.multi('MaxPool', [x], pool.window(staticShape(x.shape.slice(2), name)), {
      outputs: [true, f.training],
    });
    return y;
  });
}

/** What an average pool can be told beside what a maximum pool can. */
export interface AveragePoolOptions extends PoolOptions {
  /** Whether padding counts in the divisor; true by default. */
  readonly countIncludePad?: boolean;
}

/**
 * Mean of each window: [N,C,H,W] -> [N,C,H',W']. What `ceilMode` adds beyond the padding is never counted, as in PyTorch.
 */
export function averagePool2d(name: string, kernel: Size, options: AveragePoolOptions = {}): Module {
  const pool = poolOf(name, kernel, options);
  const { countIncludePad = true } = options;
  const text = `${pool.text}${countIncludePad ? '' : ', count_include_pad=false'}`;
  return stateless(name, `AvgPool2d(${text})`, (f, x) => {
    const sizes = staticShape(x.shape.slice(2), name);
    const window = pool.window(sizes);
    const y = f.b.op('AveragePool', [x], { ...window, count_include_pad: 1 });
    const [rows, columns] = ([0, 1] as const).map((axis) => {
      const [begin, end] = countIncludePad ? [pool.pads[axis], pool.pads[axis + 2]] : [0, 0];
      const first = countIncludePad ? 0 : (pool.pads[axis] ?? 0);
      // Where a window begins and ends, counted from the first place that counts.
      return Array.from({ length: Number(y.shape[axis + 2]) }, (_, i) => {
        const start = i * pool.strides[axis] - first;
        const stop = Math.min(start + pool.kernel[axis], (sizes[axis] ?? 0) + (begin ?? 0) + (end ?? 0));
        return stop - Math.max(start, 0);
      });
    });
    const area = pool.kernel[0] * pool.kernel[1];
    const counts = (rows ?? []).flatMap((height) => (columns ?? []).map((width) => height * width));
    if (counts.every((count) => count === area)) return y;
    const shares = float32(
      counts.map((count) => area / count),
      [rows?.length ?? 0, columns?.length ?? 0],
    );
    return f.b.mul(y, f.b.constant(shares));
  });
}

/** Mean over the spatial axes, flattened: [N,C,H,W] -> [N,C]. */
export function globalAveragePool2d(name: string): Module {
  return stateless(name, 'AdaptiveAvgPool2d(1), flatten', (f, x) =>
    f.b.op('Flatten', [f.b.op('GlobalAveragePool', [x], {})], { axis: 1 }),
  );
}

/** The sizes of a pool, and its window on data of some size, whose end `ceilMode` may pad further. */
function poolOf(name: string, size: Size, options: PoolOptions) {
  const kernel = pairOf(size, `${name}: kernel`);
  const strides = pairOf(options.stride ?? size, `${name}: stride`);
  const pads = padsOf(options.padding ?? 0, `${name}: padding`);
  const { ceilMode = false } = options;
  if (pads.some((padding, i) => 2 * padding > (kernel[i % 2] ?? 0)))
    throw new GraphError(
      `${name}: padding ${padsText(pads)} is more than half the window of ${sizeText(kernel)}; a window could lie in it alone`,
    );
  const text = [
    sizeText(kernel),
    ...(strides.join() === kernel.join() ? [] : [`stride=${sizeText(strides)}`]),
    ...(pads.every((padding) => padding === 0) ? [] : [`padding=${padsText(pads)}`]),
    ...(ceilMode ? ['ceil_mode'] : []),
  ].join(', ');
  const window = (sizes: readonly number[]) => {
    const ends = ([0, 1] as const).map((axis) => {
      const [begin, end] = [pads[axis], pads[axis + 2] ?? 0];
      if (!ceilMode) return end;
      const length = sizes[axis] ?? 0;
      const [step, side] = [strides[axis], kernel[axis]];
      const count = Math.ceil((length + begin + end - side) / step) + 1;
      // A window that would begin in the padding at the end does not count.
      const whole = (count - 1) * step >= length + begin ? count - 1 : count;
      return Math.max(end, (whole - 1) * step + side - length - begin);
    });
    return { kernel_shape: kernel, strides, pads: [pads[0], pads[1], ...ends] };
  };
  return { kernel, strides, pads, text, window };
}
