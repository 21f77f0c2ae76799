import { sgd } from '../optim/optimizer.ts';
import { trainStep } from '../programs/train-step.ts';
import { checkModel } from './check-model.ts';
import type { Model } from './model.ts';

/**
 * Whether a model that somebody brings can be trained: as `checkModel`, and a gradient reaches each parameter that its forward
 * pass reads.
 *
 * @throws GraphError with what is wrong with which layer
 */
export function checkTrainable(model: Model): void {
  checkModel(model);
  const flat = Array.from({ length: model.input.channels }, () => 1);
  trainStep({ model, normalization: { mean: flat, std: flat }, optimizer: sgd(), batchSize: 2 });
}
