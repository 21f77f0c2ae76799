/** Trainings of both models, killed again and again at any moment: not a bit of the result may depend on it. */
import { describe } from 'vitest';
import { describeExactness } from '../cli/exactness.ts';
import { ownRecipe } from '../cli/settings.ts';
import { modelNames } from '../models.ts';

const killedRuns = Number(process.env['ATELIER_SOAK_RUNS'] ?? 50);

describe.each(modelNames)('%s', (model) => {
  describeExactness(model, ...ownRecipe[model], { killedRuns, pieces: true });
});
