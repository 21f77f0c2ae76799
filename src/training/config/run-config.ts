import { join } from 'node:path';
import { z } from 'zod';
import { originSchema } from '../../data/own/origin.ts';
import { AtelierError, hasCode, UsageError } from '../../errors.ts';
import { readJson } from '../../files/json.ts';
import { resolvedRecipeSchema } from '../../recipe/schema.ts';
import { dotted, show, valueAt } from '../../recipe/values.ts';
import { migrateRunConfig, runConfigSchemaVersion } from './migrations.ts';

/** The name of the resolved configuration in a run folder. */
export const runConfigName = 'config.json';

const text = z.string('a text').min(1, 'a text that is not empty');
const count = z.int('a whole number of at least 1').min(1, 'a whole number of at least 1');
const wholeNumber = z.int('a whole number of at least 0').min(0, 'a whole number of at least 0');
const sizes = z.array(wholeNumber, 'a list of sizes');
const countOrNull = z.nullable(count);
const part = z.number('a number from 0 to 1').min(0, 'a number from 0 to 1').max(1, 'a number from 0 to 1');

/**
 * A run folder's config.json: what was trained, how, with what and on what. Keys of later versions
 * are let through and dropped; files of earlier ones are migrated first.
 */
export const runConfigSchema = z.object(
  {
    schema: z.literal(runConfigSchemaVersion, String(runConfigSchemaVersion)),
    /** The name of its definition. */
    model: text,
    recipe: resolvedRecipeSchema,
    /** Images used at most, and training steps made at most; null for all. */
    limits: z.object({ train: countOrNull, validation: countOrNull, maxSteps: countOrNull }, 'an object'),
    /** Steps between checkpoints within an epoch; null for one after each epoch only. */
    checkpointEvery: countOrNull,
    /** Threads of the runtime; 0 leaves the number to it. */
    threads: wholeNumber,
    device: z.object({ requested: text, used: text }, 'an object'),
    engine: text,
    target: text,
    /** What it was trained on: enough to read its results without the data set. */
    data: z.object(
      {
        name: text,
        title: text,
        fingerprint: text,
        shape: z.object({ channels: count, height: count, width: count }, 'an object'),
        classes: z.array(text, 'a list of names').min(2, 'at least two names'),
        /** Images there are of each split, before any limit; null where the data set has no test images. */
        images: z.object({ train: count, validation: count, test: countOrNull }, 'an object'),
        /** Where data of one's own came from, and how; absent for those that are known by their name. */
        origin: originSchema.optional(),
        /** What images of one's own look like: shares of those on a light ground and of those with colours. */
        look: z.object({ light: part, coloured: part }, 'an object').optional(),
      },
      'an object',
    ),
    versions: z.object({ atelier: text, node: text, onnxruntime: text }, 'an object'),
    /** Revision of the working tree; null outside one. */
    git: z.nullable(text),
    created: z.iso.datetime({ offset: true, error: 'a date and time as ISO 8601 has them' }),
    /** The checkpoint that the parameters came from; null for a fresh start. */
    initFrom: z.nullable(text),
    /** The weights that the file gave (`weightsHash`); absent for a fresh start, and in older files. */
    initWeights: text.optional(),
    /** What became of the tensors of that file; absent for a fresh start, and in older files. */
    initTensors: z
      .object(
        {
          /** How many the run began with. */
          taken: wholeNumber,
          /** Those of the network that began as in a new run, with their shape here and in the file (null: it has none). */
          anew: z.array(z.object({ name: text, shape: sizes, inFile: z.nullable(sizes) }, 'an object'), 'a list'),
          /** Those of the file that the network does not have. */
          leftOut: z.array(text, 'a list of names'),
        },
        'an object',
      )
      .optional(),
    /** Of a model that is not of the catalogue: its title, the hash of network.json, and where its code stands (null in a program). */
    network: z
      .object(
        {
          title: text,
          sha256: text,
          source: z.nullable(
            z.object({ path: text, sha256: text, kind: z.enum(['model', 'experiment']) }, 'an object'),
          ),
        },
        'an object',
      )
      .optional(),
    /** What somebody called the run, filed it under and wrote about it; absent where nobody did. */
    name: text.optional(),
    tags: z.array(text, 'a list of texts').optional(),
    note: text.optional(),
  },
  'an object',
);

export type RunConfig = Readonly<z.infer<typeof runConfigSchema>>;

/**
 * The configuration of a run folder.
 *
 * @throws UsageError where the folder has none, AtelierError where it is broken, with a line for each thing that is
 *   wrong with it
 */
export async function readRunConfig(folder: string): Promise<RunConfig> {
  const path = join(folder, runConfigName);
  try {
    return await readJson(path, async (value) => parseRunConfig(await migrateRunConfig(value)));
  } catch (error) {
    if (!(error instanceof AtelierError) || !hasCode(error.cause, 'ENOENT', 'ENOTDIR')) throw error;
    throw new UsageError(
      `'${folder}' is no run folder: '${path}' does not exist. Give a folder that \`train\` has printed.`,
      { code: 'no-such-run', cause: error },
    );
  }
}

/**
 * A run's configuration from parsed JSON.
 *
 * @throws AtelierError with a line for each thing that is wrong
 */
export function parseRunConfig(value: unknown): RunConfig {
  const { data, error } = runConfigSchema.safeParse(value);
  if (data !== undefined) return data;
  const advice = '`train` writes this file; if it was edited since, undo that, or train anew';
  throw new AtelierError(
    `it is not the configuration of a run (${advice}):\n${problemLines(error, value).join('\n')}`,
    {
      code: 'file-damaged',
    },
  );
}

/** What is wrong with a value that should be a configuration, or a part of one: a line each. */
export function problemLines(error: z.ZodError, value: unknown): readonly string[] {
  return error.issues.map((issue) => {
    const place = issue.path.length === 0 ? 'the file' : `'${dotted(issue.path)}'`;
    if (issue.code === 'unrecognized_keys') return `${place} has unknown keys: ${issue.keys.join(', ')}`;
    return `${place}: expected ${issue.message}, got ${show(valueAt(value, issue.path))}`;
  });
}
