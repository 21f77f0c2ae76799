import { describeExactness } from './exactness.ts';
import { ownRecipe } from './settings.ts';

describeExactness('m2', ...ownRecipe.m2, { killedRuns: 1, pieces: true });
