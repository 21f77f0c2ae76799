/**
 * Batch normalization in training from primitives: providers refuse or miss BatchNormalization's training mode (WebGPU;
 * CUDA from opset 14), and none of them returns PyTorch's unbiased running variance.
 */
import { elementCount, GraphError, staticShape, type Value } from '../../ir/types.ts';
import type { LoweringContext } from '../target.ts';
import { type ChannelMath, planar } from './channels.ts';
import { spread } from './pool.ts';

/** `channels` says how the layout of x (and of the result) is computed with. */
export function batchNorm(
  c: LoweringContext<'BatchNormInternal'>,
  channels: ChannelMath = planar,
): readonly [Value, Value, Value, Value, Value] {
  const { b } = c;
  const { epsilon, momentum } = c.node.attributes;
  const [x, scale, offset, runningMean, runningVariance] = [c.x(0), c.x(1), c.x(2), c.x(3), c.x(4)];
  const count = elementsPerChannel(x);
  if (count < 2) throw new GraphError(`${c.node.name}: more than one element per channel is needed, for its variance`);
  const mean = b.mul(channels.sum(b, x), b.scalar(1 / count));
  const meanOfSquares = b.mul(channels.sumOfProducts(b, x, x), b.scalar(1 / count));
  // E[x²] - E[x]² can come out below zero by rounding where a channel is constant; Relu keeps it a variance.
  const variance = b.op('Relu', [b.sub(meanOfSquares, b.mul(mean, mean))], {});
  const invStd = b.op('Reciprocal', [b.sqrt(b.add(variance, b.scalar(epsilon)))], {});
  const factor = b.mul(scale, invStd);
  const y = channels.affine(b, x, factor, b.sub(offset, b.mul(mean, factor)));
  const moved = (running: Value, batch: Value, weight: number) =>
    b.add(b.mul(running, b.scalar(1 - momentum)), b.mul(batch, b.scalar(weight)));
  return [
    y,
    moved(runningMean, mean, momentum),
    moved(runningVariance, variance, (momentum * count) / (count - 1)),
    mean,
    invStd,
  ];
}

/**
 * With x̂ = (x - mean) invStd, factor = scale invStd and M elements a channel, dX = factor (dY - dB/M - x̂ dscale/M) is
 * two affine maps: dX = factor dY + (p x + q), p = -factor invStd dscale/M, q = -factor dB/M - p mean.
 */
export function batchNormGradient(
  c: LoweringContext<'BatchNormalizationGrad'>,
  channels: ChannelMath = planar,
): readonly [Value, Value, Value] {
  const { b } = c;
  const [dY, x, scale, mean, invStd] = [c.x(0), c.x(1), c.x(2), c.x(3), c.x(4)];
  const share = b.scalar(1 / elementsPerChannel(x));
  const dOffset = channels.sum(b, spread(c, 0) ?? dY);
  // Σ dY x̂ = invStd (Σ dY x - mean Σ dY)
  const dScale = b.mul(invStd, b.sub(channels.sumOfProducts(b, dY, x), b.mul(mean, dOffset)));
  const factor = b.mul(scale, invStd);
  const p = b.neg(b.mul(b.mul(factor, invStd), b.mul(dScale, share)));
  const q = b.neg(b.add(b.mul(factor, b.mul(dOffset, share)), b.mul(p, mean)));
  return [channels.affine(b, dY, factor, null, channels.affine(b, x, p, q)), dScale, dOffset];
}

function elementsPerChannel(x: Value): number {
  const [batch = 0, , ...spatial] = staticShape(x.shape, x.name);
  return batch * elementCount(spatial);
}
