import type { RecipeRow, ResolvedRecipe, ScheduleRecipe } from '../../recipe/schema.ts';
import type { RunConfig } from '../../training/config/run-config.ts';

/** One line of a table of hyper-parameters. */
export interface HyperParameter {
  readonly name: string;
  readonly value: string;
}

type Trained = Pick<RunConfig, 'recipe' | 'limits' | 'data'>;

/** What a run was trained with besides its recipe. */
type OtherRow = 'loss' | 'training images' | 'validation images' | 'checkpoint';

/** The text of each row, in the order of the table. Every row that a field of the recipe names must be here. */
const texts: Readonly<Record<RecipeRow | OtherRow, (run: Trained) => string>> = {
  loss: () => 'cross-entropy',
  optimizer: ({ recipe }) => optimizerText(recipe.optimizer),
  'learning rate': ({ recipe }) => String(recipe.optimizer.lr),
  'weight decay': ({ recipe }) => String(recipe.optimizer.weightDecay),
  schedule: ({ recipe }) => scheduleText(recipe.schedule),
  epochs: ({ recipe }) => String(recipe.epochs),
  'early stopping': ({ recipe: { earlyStop } }) =>
    earlyStop === null ? 'none' : `after ${earlyStop} epochs without a lower loss`,
  'batch size': ({ recipe }) => String(recipe.batchSize),
  dropout: ({ recipe: { dropout } }) => (dropout.length === 0 ? 'none' : dropout.join(', ')),
  normalization: ({ recipe: { normalization } }) =>
    `mean ${normalization.mean.join(', ')}, standard deviation ${normalization.std.join(', ')}`,
  augmentation: ({ recipe }) => augmentationText(recipe.augmentation),
  'training images': ({ limits, data }) => (limits.train ?? data.images.train).toLocaleString('en'),
  'validation images': ({ limits, data }) => (limits.validation ?? data.images.validation).toLocaleString('en'),
  seed: ({ recipe }) => String(recipe.seed),
  'seed of the split': ({ recipe }) => String(recipe.splitSeed),
  checkpoint: () => 'lowest validation loss',
};

/** All that a run was trained with, in words that can be held against another run's. */
export function hyperParameters(run: Trained): readonly HyperParameter[] {
  return Object.entries(texts).map(([name, text]) => ({ name, value: text(run) }));
}

function optimizerText(optimizer: ResolvedRecipe['optimizer']): string {
  if (optimizer.name === 'sgd') return `SGD, momentum ${optimizer.momentum}`;
  const name = optimizer.name === 'adam' ? 'Adam' : 'AdamW';
  return `${name}, betas ${optimizer.betas.join(' and ')}, epsilon ${optimizer.eps}`;
}

function scheduleText(schedule: ScheduleRecipe): string {
  switch (schedule.name) {
    case 'constant':
      return 'none';
    case 'plateau': {
      const watched = schedule.mode === 'min' ? 'validation loss' : 'validation accuracy';
      return `ReduceLROnPlateau on the ${watched}, factor ${schedule.factor}, patience ${schedule.patience}`;
    }
    case 'step':
      return `times ${schedule.gamma} every ${schedule.stepSize} epochs`;
    case 'cosine':
      return `cosine to ${schedule.minLr}, ${schedule.warmupEpochs} epochs of warm-up`;
    case 'one-cycle':
      return `one-cycle up to ${schedule.maxLr}, ${100 * schedule.pctStart} % of the steps upwards`;
  }
}

function augmentationText(augmentation: ResolvedRecipe['augmentation']): string {
  if (augmentation === null) return 'none';
  const { cropPadding, flipProbability } = augmentation;
  return `random crop with padding ${cropPadding}, horizontal flip with probability ${flipProbability}`;
}
