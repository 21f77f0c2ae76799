import { GraphError, type Value } from '../../ir/types.ts';
import type { LoweringContext } from '../target.ts';

/** One-hot rows of labels: float32[N,classes]. */
function oneHot(
  c: LoweringContext<'SoftmaxCrossEntropyLoss' | 'SoftmaxCrossEntropyLossGrad'>,
  like: Value,
  labels: Value,
) {
  const classes = like.shape[1];
  if (typeof classes !== 'number') throw new GraphError(`${c.node.name}: the number of classes must be static`);
  const offOn = c.b.constant({ dtype: 'float32', shape: [2], data: Float32Array.of(0, 1) });
  const depth = c.b.constant({ dtype: 'int64', shape: [1], data: BigInt64Array.of(BigInt(classes)) });
  return c.b.op('OneHot', [labels, depth, offOn], { axis: -1 });
}

/** -mean over rows of Σ onehot · log_prob: a sum over classes and a mean over the batch, whatever its size. */
export function lossForward(c: LoweringContext<'SoftmaxCrossEntropyLoss'>): readonly Value[] {
  const logProb = c.b.op('LogSoftmax', [c.x(0)], { axis: 1 });
  const picked = c.b.sum(c.b.mul(logProb, oneHot(c, logProb, c.x(1))), [1]);
  const mean = c.b.op('ReduceMean', [picked], { axes: [0], keepdims: 0 });
  return [c.b.neg(mean), logProb];
}

/** dY / N (exp(log_prob) - onehot(labels)). Throws GraphError where the batch is symbolic. */
export function lossGradient(c: LoweringContext<'SoftmaxCrossEntropyLossGrad'>): readonly Value[] {
  const logProb = c.x(1);
  const batch = logProb.shape[0];
  if (typeof batch !== 'number') throw new GraphError(`${c.node.name}: the batch must be static in training`);
  const scale = c.b.mul(c.x(0), c.b.scalar(1 / batch));
  const difference = c.b.sub(c.b.op('Exp', [logProb], {}), oneHot(c, logProb, c.x(2)));
  return [c.b.mul(difference, scale)];
}
