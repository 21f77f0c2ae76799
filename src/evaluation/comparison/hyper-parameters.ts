import type { OptimizerRecipe, Recipe, ScheduleRecipe } from '../../../graphs/models/recipe.ts';
import type { RunConfig } from '../../training/config/run-config.ts';

/** One line of a table of hyper-parameters. */
export interface HyperParameter {
  readonly name: string;
  readonly value: string;
}

/** All that a run was trained with, in words that can be held against another run's. */
export function hyperParameters({
  recipe,
  limits,
  data,
}: Pick<RunConfig, 'recipe' | 'limits' | 'data'>): readonly HyperParameter[] {
  const { optimizer, normalization, augmentation } = recipe;
  const rows: readonly (readonly [string, string])[] = [
    ['loss', 'cross-entropy'],
    ['optimizer', optimizerText(optimizer)],
    ['learning rate', String(optimizer.lr)],
    ['weight decay', String(optimizer.weightDecay)],
    ['schedule', scheduleText(recipe.schedule)],
    ['epochs', String(recipe.epochs)],
    ['early stopping', recipe.earlyStop === null ? 'none' : `after ${recipe.earlyStop} epochs without a lower loss`],
    ['batch size', String(recipe.batchSize)],
    ['dropout', recipe.dropout.join(', ')],
    ['normalization', `mean ${normalization.mean}, standard deviation ${normalization.std}`],
    ['augmentation', augmentationText(augmentation)],
    ['training images', (limits.train ?? data.images.train).toLocaleString('en')],
    ['validation images', (limits.validation ?? data.images.validation).toLocaleString('en')],
    ['seed', String(recipe.seed)],
    ['seed of the split', String(recipe.splitSeed)],
    ['checkpoint', 'lowest validation loss'],
  ];
  return rows.map(([name, value]) => ({ name, value }));
}

function optimizerText(optimizer: OptimizerRecipe): string {
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

function augmentationText(augmentation: Recipe['augmentation']): string {
  if (augmentation === null) return 'none';
  const { cropPadding, flipProbability } = augmentation;
  return `random crop with padding ${cropPadding}, horizontal flip with probability ${flipProbability}`;
}
