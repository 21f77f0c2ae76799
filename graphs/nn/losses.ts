import type { GraphBuilder } from '../ir/builder.ts';
import { GraphError, type Value } from '../ir/types.ts';

/** Mean cross-entropy of logits float32[N,classes] against labels int64[N]: float32[]. */
export function crossEntropy(b: GraphBuilder, logits: Value, labels: Value): Value {
  return b.within('loss', () => b.op('SoftmaxCrossEntropyLoss', [logits, labels], { reduction: 'mean' }));
}

/** How many rows of logits float32[N,classes] have their largest element at the label: int64[]. */
export function correctPredictions(b: GraphBuilder, logits: Value, labels: Value): Value {
  if (logits.shape.length !== 2) throw new GraphError(`logits must have rank 2, got [${logits.shape.join(',')}]`);
  return b.within('correct', () => {
    const predicted = b.op('ArgMax', [logits], { axis: 1, keepdims: 0 });
    return b.sum(b.cast(b.op('Equal', [predicted, labels], {}), 'int64'));
  });
}
