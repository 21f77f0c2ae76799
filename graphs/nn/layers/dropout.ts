import { GraphError, staticShape } from '../../ir/types.ts';
import type { Module } from '../module.ts';
import { stateless } from './stateless.ts';

/** Drops each element with probability `ratio` in training and scales the others by 1/(1-ratio). */
export function dropout(name: string, ratio: number): Module {
  return masked(name, `Dropout(${ratio})`, ratio, (shape) => shape);
}

/** As `dropout`, of whole channels of [N,C,H,W] (Tompson et al., 2015). */
export function dropout2d(name: string, ratio: number): Module {
  return masked(name, `Dropout2d(${ratio})`, ratio, (shape) => {
    if (shape.length !== 4) throw new GraphError(`${name}: expected images [N,C,H,W], got [${shape.join(',')}]`);
    return shape.map((size, axis) => (axis < 2 ? size : 1));
  });
}

/**
 * As `dropout`, of all that belongs to an image: where it stands at the end of a residual branch, the image takes the
 * shortcut alone (Huang et al., 2016; torchvision's StochasticDepth in mode `row`).
 */
export function stochasticDepth(name: string, ratio: number): Module {
  return masked(name, `StochasticDepth(${ratio})`, ratio, (shape) => shape.map((size, axis) => (axis < 1 ? size : 1)));
}

/** Data times a mask that the host draws, of the shape that `maskOf` says. */
function masked(
  name: string,
  description: string,
  ratio: number,
  maskOf: (shape: readonly number[]) => readonly number[],
): Module {
  return stateless(name, description, (f, x) => {
    if (!f.training || ratio === 0) return x;
    const mask = f.mask(`${name}.mask`, maskOf(staticShape(x.shape, name)), ratio);
    return f.b.op('MaskedDropout', [x, mask], { ratio });
  });
}
