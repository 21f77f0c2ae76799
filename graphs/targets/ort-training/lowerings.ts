/** Training operators whose counterpart in ONNX Runtime's training build differs in form or meaning. */
import { elementCount, GraphError, sameShape, staticShape, type Value } from '../../ir/types.ts';
import { portable } from '../portable/index.ts';
import { overlappingPoolGradient } from '../portable/overlapping-pool.ts';
import { tileSize } from '../portable/pool.ts';
import type { LoweringContext } from '../target.ts';

/** Dropout of a given mask is what DropoutGrad computes, so it serves both directions. */
export function maskedDropout(c: LoweringContext<'MaskedDropout'>): readonly Value[] {
  // The runtime's has no broadcast masks.
  if (!sameShape(c.x(0).shape, c.x(1).shape)) return portable.lowerings.MaskedDropout(c);
  const training = c.b.constant({ dtype: 'bool', shape: [], data: Uint8Array.of(1) });
  return [c.b.op('DropoutGrad', [c.x(0), c.x(1), c.b.scalar(c.node.attributes.ratio), training], {})];
}

/**
 * The runtime's momentum is 1 - PyTorch's, and its running variance takes the biased batch variance v. The variance goes
 * in times (n-1)/n and comes out times n/(n-1), which is PyTorch's: (1-m) running + m v n/(n-1). The detour also gives
 * the kernel, which writes over its inputs 3 and 4, a variance of its own. Nobody else reads the running mean.
 */
export function batchNorm(c: LoweringContext<'BatchNormInternal'>): readonly (Value | null)[] {
  const { epsilon, momentum } = c.node.attributes;
  const [batch = 0, , ...spatial] = staticShape(c.x(0).shape, c.node.name);
  const count = batch * elementCount(spatial);
  if (count < 2) throw new GraphError(`${c.node.name}: more than one element per channel is needed, for its variance`);
  const biased = c.b.mul(c.x(4), c.b.scalar((count - 1) / count));
  const operands = [c.x(0), c.x(1), c.x(2), c.x(3), biased] as const;
  const attributes = { epsilon, momentum: 1 - momentum, training_mode: 1 };
  const [y, mean, variance, ...saved] = c.b.multi('OrtBatchNormInternal', operands, attributes);
  return [y, mean, c.b.mul(variance, c.b.scalar(count / (count - 1))), ...saved];
}

/** The runtime's MaxPoolGrad has no shape: it makes the smallest input that the windows tile. Others go by standard operators. */
export function poolGradient(c: LoweringContext<'MaxPoolGrad'>): readonly Value[] {
  const { input_shape, ...window } = c.node.attributes;
  if (tileSize(c.node) === null) return [overlappingPoolGradient(c)];
  return [c.b.op('OrtMaxPoolGrad', [c.x(0), c.x(1)], window)];
}
