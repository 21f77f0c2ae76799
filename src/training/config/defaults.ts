import type { OptimizerRecipe, Recipe, ScheduleRecipe } from '../../../graphs/models/recipe.ts';

/** What is known already when a newly chosen optimizer or schedule is filled in. */
interface Context {
  readonly lr: number;
  readonly epochs: number;
}

type Named<Union extends { readonly name: string }> = {
  readonly [Name in Union['name']]: (context: Context) => Union & { readonly name: Name };
};

/** PyTorch's defaults, for an optimizer other than the model's own. The learning rate is kept. */
export const optimizerDefaults: Named<OptimizerRecipe> = {
  sgd: ({ lr }) => ({ name: 'sgd', lr, momentum: 0, weightDecay: 0 }),
  adam: ({ lr }) => ({ name: 'adam', lr, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 }),
  adamw: ({ lr }) => ({ name: 'adamw', lr, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 1e-2 }),
};

/** PyTorch's defaults where it has any, for a schedule other than the model's own. */
export const scheduleDefaults: Named<ScheduleRecipe> = {
  constant: () => ({ name: 'constant' }),
  plateau: () => ({
    name: 'plateau',
    mode: 'min',
    factor: 0.1,
    patience: 10,
    threshold: 1e-4,
    thresholdMode: 'rel',
    cooldown: 0,
    minLr: 0,
  }),
  // PyTorch asks for a step size. Thirds of the training are the classic choice (He et al., 2016: 30, 60 of 90 epochs).
  step: ({ epochs }) => ({ name: 'step', stepSize: Math.max(1, Math.floor(epochs / 3)), gamma: 0.1 }),
  cosine: () => ({ name: 'cosine', warmupEpochs: 0, minLr: 0 }),
  // PyTorch asks for maxLr, and ignores the optimizer's rate. Here that rate is the peak, so that --lr keeps its meaning.
  'one-cycle': ({ lr }) => ({ name: 'one-cycle', maxLr: lr, pctStart: 0.3, divFactor: 25, finalDivFactor: 1e4 }),
};

/** What `augmentation: true` means for a model that has none of its own: SPEC.md's, of Model 2. */
export const defaultAugmentation: NonNullable<Recipe['augmentation']> = { cropPadding: 4, flipProbability: 0.5 };
