import { describeExactness } from './exactness.ts';

// Model 2's own recipe has augmentation, dropout and a plateau schedule. One epoch without a lower loss shall suffice
// for the rate to change, and no loss is low enough, so that the schedule's state matters within three epochs.
describeExactness('m2', ['--config', new URL('plateau.json', import.meta.url).pathname], [1e-3, 1e-3, 5e-4]);
