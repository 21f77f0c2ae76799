import { describeExactness } from './exactness.ts';
import { ownRecipe } from './settings.ts';

// What happens to its process is the same code for every model: Model 2 is killed and cut to pieces here, Model 1 in `make soak`.
describeExactness('m1', ...ownRecipe.m1, { killedRuns: 0, pieces: false });
