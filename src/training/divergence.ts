/** Runs whose numbers became infinite, or none at all: what is told of them, and what their folder remembers. */
import { z } from 'zod';
import { AtelierError } from '../errors.ts';
import { readJson, writeJsonAtomic } from '../files/json.ts';
import { type CallPart, call, recipeField, said } from '../message.ts';
import { defaultRecipe } from '../recipe/defaults.ts';
import type { RunConfig } from './config/run-config.ts';
import { namedModel } from './named-model.ts';
import { exists, type RunFolder } from './run-folder.ts';

const divergenceSchema = z.object({
  /** What was found, without an end: `the training loss became NaN at step 3 (epoch 1) with learning rate 10`. */
  found: z.string(),
  /** Steps that were made before. */
  step: z.int(),
});

/** How a run diverged. */
export type Divergence = Readonly<z.infer<typeof divergenceSchema>>;

/** Thrown where a run diverges. */
export class DivergedError extends AtelierError {
  readonly divergence: Divergence;

  /** @param lastSaved names the newest checkpoint; null where there is none */
  constructor(divergence: Divergence, lastSaved: string | null) {
    const kept = lastSaved === null ? 'No checkpoint had been saved yet' : `The last good checkpoint is ${lastSaved}`;
    super(said`${divergence.found}. ${kept}. Start again with a lower ${recipeField('optimizer', 'lr')}.`, {
      code: 'not-finite',
    });
    this.divergence = divergence;
  }
}

/** Remembers in a run's folder that it diverged: going on from its checkpoint would only do so again. */
export async function recordDivergence(folder: RunFolder, divergence: Divergence): Promise<void> {
  await writeJsonAtomic(folder.divergence, divergence, 'how the run diverged');
}

/** How the run of a folder diverged; undefined where it has not. */
export async function divergenceOf(folder: RunFolder): Promise<Divergence | undefined> {
  if (!(await exists(folder.divergence))) return undefined;
  return readJson(folder.divergence, (value) => divergenceSchema.parse(value));
}

/**
 * The call that trains the run of a folder anew, as it was but for a lower learning rate: a tenth of what it was, and not
 * above the rate of the default recipe. Of a rate that is far too high a tenth would diverge as well.
 */
export function withLowerRate(folder: RunFolder, config: Pick<RunConfig, 'model' | 'network' | 'recipe'>): CallPart {
  const { recipe } = config;
  // As a person would write it: 0.3 / 10 is 0.03 but for the last bit.
  const tenth = Number((recipe.optimizer.lr / 10).toPrecision(3));
  const lr = Math.min(tenth, defaultRecipe.optimizer.lr);
  return call('train', { ...namedModel(config), configFile: folder.config, lr });
}
