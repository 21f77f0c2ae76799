/** How a model is trained: everything a run needs beside data and device. Plain data, recorded in each run folder. */
export interface Recipe {
  readonly epochs: number;
  readonly batchSize: number;
  /** Seed of initialization, shuffling, augmentation and dropout. */
  readonly seed: number;
  /** Seed of the split into training and validation images; the same for both models. */
  readonly splitSeed: number;
  readonly optimizer: OptimizerRecipe;
  readonly schedule: ScheduleRecipe;
  /** Dropout rates in the order in which the model has its dropout layers. */
  readonly dropout: readonly number[];
  /** Pixels are scaled to [0,1], then (x - mean) / std. */
  readonly normalization: { readonly mean: number; readonly std: number };
  /** Random crop after padding with black, and horizontal flip; null trains on the images as they are. */
  readonly augmentation: { readonly cropPadding: number; readonly flipProbability: number } | null;
  /** Stop after so many epochs without a lower validation loss; null never stops early. */
  readonly earlyStop: number | null;
}

export type OptimizerRecipe =
  | { readonly name: 'sgd'; readonly lr: number; readonly momentum: number; readonly weightDecay: number }
  | {
      readonly name: 'adam' | 'adamw';
      readonly lr: number;
      readonly betas: readonly [number, number];
      readonly eps: number;
      readonly weightDecay: number;
    };

/** Learning-rate schedules; the numbers mean what they mean in PyTorch's schedulers of the same name. */
export type ScheduleRecipe =
  | { readonly name: 'constant' }
  | {
      readonly name: 'plateau';
      readonly mode: 'min' | 'max';
      readonly factor: number;
      readonly patience: number;
      readonly threshold: number;
      readonly thresholdMode: 'rel' | 'abs';
      readonly cooldown: number;
      readonly minLr: number;
    }
  | { readonly name: 'step'; readonly stepSize: number; readonly gamma: number }
  /** Linear warm-up from 0 over `warmupEpochs`, then half a cosine down to `minLr`; changes at every step. */
  | { readonly name: 'cosine'; readonly warmupEpochs: number; readonly minLr: number }
  /** Smith's one-cycle policy as in PyTorch's OneCycleLR (cosine annealing, two phases); changes at every step. */
  | {
      readonly name: 'one-cycle';
      readonly maxLr: number;
      readonly pctStart: number;
      readonly divFactor: number;
      readonly finalDivFactor: number;
    };
