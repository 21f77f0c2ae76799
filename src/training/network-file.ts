/** The network of a run as data: what a run of a model that is not of the catalogue keeps, so that nobody needs its code. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { GraphError } from '../../graphs/ir/types.ts';
import { catalogue } from '../../graphs/models/catalogue.ts';
import { checkModel } from '../../graphs/models/check-model.ts';
import type { Model, ModelDefinition } from '../../graphs/models/model.ts';
import {
  type LayerData,
  modelOfData,
  type NetworkData,
  networkData,
  networkFormat,
} from '../../graphs/models/network-data.ts';
import { networkDifference } from '../../graphs/models/network-difference.ts';
import { AtelierError, UsageError } from '../errors.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import { toJson } from '../files/json.ts';
import { parseJson } from '../files/parse-json.ts';
import { byteLimits, readRegular } from '../files/regular.ts';
import { shownPath } from '../files/shown-path.ts';
import { said, setting } from '../message.ts';
import { problemLines, type RunConfig } from './config/run-config.ts';
import { RunFolder } from './run-folder.ts';

const text = z.string('a text');
const size = z.int('a whole number of at least 1').min(1, 'a whole number of at least 1');
const sizes = z.array(z.int('whole numbers').min(0, 'sizes'), 'a list of sizes');
const names = z.array(text, 'a list of names');
const namesOrNull = z.array(z.nullable(text), 'a list of names');
const dtypes = ['float32', 'float64', 'float16', 'int64', 'int32', 'int8', 'uint8', 'bool'] as const;

const layer: z.ZodType<LayerData> = z.lazy(() =>
  z.object({
    name: text,
    description: text,
    parameters: names,
    buffers: names,
    children: z.array(layer, 'a list of layers'),
    joins: text.optional(),
  }),
);

const networkSchema: z.ZodType<NetworkData> = z.object(
  {
    format: z.literal(networkFormat, String(networkFormat)),
    name: text,
    input: z.object({ channels: size, height: size, width: size }, 'an object'),
    classes: size,
    figureLayers: names,
    parameters: z.array(z.object({ name: text, shape: sizes }), 'a list'),
    buffers: z.array(
      z.object({ name: text, dtype: z.enum(['float32', 'int64']), shape: sizes, fill: z.number('a number') }),
      'a list',
    ),
    layers: layer,
    inputs: names,
    constants: z.record(
      text,
      z.object({
        dtype: z.enum(dtypes),
        shape: sizes,
        bytes: z.string().regex(/^([\da-f]{2})*$/, 'hexadecimal digits'),
      }),
      'an object',
    ),
    nodes: z.array(
      z.object({
        op: text,
        scope: text,
        inputs: namesOrNull,
        outputs: namesOrNull,
        attributes: z.record(
          text,
          z.union([z.number(), text, z.array(z.number())], { error: 'a number, a text or a list of numbers' }),
        ),
      }),
      'a list',
    ),
    taps: z.record(text, text, 'an object'),
    logits: text,
    training: names,
  },
  'an object',
);

/** What config.json says of a network that stands in a file beside it. */
export type RecordedNetwork = NonNullable<RunConfig['network']>;

/** A network of a run: what is written, and what the configuration says of it. */
export interface OwnNetwork {
  readonly data: NetworkData;
  readonly recorded: RecordedNetwork;
}

/**
 * What a run keeps of its network, where the catalogue does not have it.
 *
 * @throws GraphError where the network is not one that can be computed
 */
export function ownNetwork(definition: ModelDefinition, model: Model): OwnNetwork | undefined {
  if (catalogue.includes(definition)) return undefined;
  checkModel(model);
  const data = networkData(model);
  const { title, source = null } = definition;
  return { data, recorded: { title, sha256: sha256(fileText(data)), source } };
}

function fileText(data: NetworkData): string {
  return `${toJson(data, 'the network')}\n`;
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Writes the network into the run's folder. */
export async function writeNetwork({ network }: RunFolder, { data }: OwnNetwork): Promise<void> {
  await writeFileAtomic(network, fileText(data), 'the network');
}

/**
 * The network that a run keeps; undefined for one of the catalogue, which the program has.
 *
 * @throws AtelierError where the file is gone, is not the one that the run wrote, or contradicts itself
 */
export async function readNetwork(run: string, config: RunConfig): Promise<Model | undefined> {
  const folder = new RunFolder(run);
  if (config.network === undefined) return undefined;
  const data = await readData(folder, config.network);
  const { input, classes } = data;
  try {
    const { shape } = config.data;
    if (JSON.stringify([input, classes]) !== JSON.stringify([shape, config.data.classes.length]))
      throw new GraphError('it is for other images or classes than config.json says');
    const model = modelOfData(data);
    checkModel(model);
    return model;
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    throw damaged(folder, error.message);
  }
}

async function readData(folder: RunFolder, recorded: RecordedNetwork): Promise<NetworkData> {
  const bytes = await readRegular(folder.network, byteLimits.json, 'read the network');
  if (sha256(bytes) !== recorded.sha256)
    throw damaged(folder, 'it is not the file that the run wrote (its SHA-256 is another than in config.json)');
  const value = parsed(folder, bytes);
  const { data, error } = networkSchema.safeParse(value);
  if (error) throw damaged(folder, problemLines(error, value).join('; '));
  return data;
}

function parsed(folder: RunFolder, bytes: Buffer): unknown {
  try {
    return parseJson(bytes.toString('utf8'));
  } catch (error) {
    throw damaged(folder, error instanceof Error ? error.message : String(error));
  }
}

function damaged({ network }: RunFolder, reason: string): AtelierError {
  return new AtelierError(
    `cannot use '${network}': ${reason}. Put the file back, or resume the run with the source of its model, which writes it again.`,
    { code: 'file-damaged' },
  );
}

/**
 * Holds the network that is to go on against the one that the run began with.
 *
 * @param now undefined for one of the catalogue
 * @returns what is worth saying, undefined where nothing is
 * @throws UsageError where it is another network; AtelierError where the run's own cannot be read
 */
export async function checkResumedNetwork(
  folder: RunFolder,
  recorded: RecordedNetwork | undefined,
  now: OwnNetwork | undefined,
): Promise<string | undefined> {
  if (recorded === undefined || now === undefined) return undefined;
  const { source } = now.recorded;
  const called = source === null ? 'the given model' : `'${shownPath(source.path)}'`;
  if (recorded.sha256 !== now.recorded.sha256) {
    const network = await readData(folder, recorded);
    const difference = networkDifference({ name: 'the run', network }, { name: called, network: now.data });
    if (difference !== undefined)
      throw new UsageError(
        said`'${folder.path}' cannot be resumed with another network: ${difference}. Undo that to go on, or start a new run (${setting('initFrom')} takes the parameters along that fit).`,
        { code: 'not-the-same-run' },
      );
  }
  const changed = source !== null && recorded.source !== null && source.sha256 !== recorded.source.sha256;
  return changed
    ? `${called} has changed since the run began; it gives the same network, so the run goes on`
    : undefined;
}
