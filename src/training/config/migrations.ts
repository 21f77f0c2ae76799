/**
 * How configurations of earlier versions become today's: each step makes one version of the next. Reading an old file is a
 * fold over them.
 */

import { loadManifest } from '../../data/manifest.ts';
import { describePublished } from '../../data/published.ts';
import { splitSizes } from '../../data/splits.ts';
import { isValues, type Values, valueAt } from '../../recipe/values.ts';

/** The version that is written. */
export const runConfigSchemaVersion = 2;

interface Migration {
  /** The version that it makes. */
  readonly to: number;
  readonly up: (config: Values) => Promise<Values>;
}

const migrations: readonly Migration[] = [
  {
    // Runs of version 0.1 knew the name and the fingerprint of their data set, and nothing else of it; their images had
    // one channel, so that mean and standard deviation were one number each.
    to: 2,
    up: async ({ dataset, ...before }) => {
      const config = { ...before, recipe: withLists(before['recipe']) };
      const name = valueAt(dataset, ['name']);
      if (typeof name !== 'string') return { ...config, schema: 2 };
      const described = describePublished(await loadManifest(name));
      const { title, shape, classes } = described;
      const fingerprint = valueAt(dataset, ['fingerprint']);
      return {
        ...config,
        schema: 2,
        data: { name, title, fingerprint, shape, classes, images: splitSizes(described) },
      };
    },
  },
];

function withLists(recipe: unknown): unknown {
  const normalization = valueAt(recipe, ['normalization']);
  if (!isValues(recipe) || !isValues(normalization)) return recipe;
  const lists = Object.entries(normalization).map(([key, value]) => [key, typeof value === 'number' ? [value] : value]);
  return { ...recipe, normalization: Object.fromEntries(lists) };
}

/** A configuration as the version of today would have written it; what is no configuration stays as it is. */
export async function migrateRunConfig(config: unknown): Promise<unknown> {
  if (!isValues(config)) return config;
  const version = typeof config['schema'] === 'number' ? config['schema'] : 1;
  let migrated: Values = config;
  for (const { to, up } of migrations) if (version < to) migrated = await up(migrated);
  return migrated;
}
