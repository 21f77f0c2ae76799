import { describeExactness } from './exactness.ts';

describeExactness('m1', [], [1e-3, 1e-3, 1e-3]);
