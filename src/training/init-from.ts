import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import type { Logger } from 'pino';
import { deserializeInitializers } from '../../graphs/ir/serialize.ts';
import { formatType, GraphError, sameType, type Tensor, type TensorType } from '../../graphs/ir/types.ts';
import type { Module } from '../../graphs/nn/module.ts';
import type { Program } from '../../graphs/programs/program.ts';
import { AtelierError, UsageError } from '../errors.ts';
import { fileProblem } from '../files/problems.ts';
import { readSafetensors } from '../files/safetensors.ts';
import { call, said, setting } from '../message.ts';
import type { RunConfig } from './config/run-config.ts';
import { initialState, type TensorMap } from './initialize.ts';

/** What config.json records of the weights that a run started from: a path that holds from any folder, or null. */
export function initFromPath(requested: string | null | undefined): string | null {
  return typeof requested === 'string' ? resolve(requested) : null;
}

/**
 * The state that a run starts from: PyTorch's initialization for its seed, with the weights of the file that it names, if
 * it names one.
 *
 * @throws UsageError, AtelierError as `readWeights` and `withWeights` do
 */
export async function startingState(
  network: Module,
  program: Program,
  { recipe, initFrom }: Pick<RunConfig, 'recipe' | 'initFrom'>,
  logger: Logger,
): Promise<TensorMap> {
  const fresh = initialState(network, program, recipe.seed);
  return initFrom === null ? fresh : withWeights(fresh, network, await readWeights(initFrom), initFrom, logger);
}

/** How the tensors of a file and those of a model go together, by name. */
export interface WeightMatch {
  /** In both, with one type and shape. */
  readonly matched: readonly string[];
  /** Only in the model. */
  readonly missing: readonly string[];
  /** Only in the file. */
  readonly unexpected: readonly string[];
  /** In both, with different types or shapes. */
  readonly different: readonly { readonly name: string; readonly expected: TensorType; readonly found: TensorType }[];
}

/**
 * The weights in a safetensors file, or the constants in an ONNX file, by name. Optimizer state of a checkpoint and the
 * small numbers that an ONNX graph calculates with are left out: they are no weights.
 *
 * @throws UsageError for another kind of file, AtelierError where it cannot be read, is cut short or damaged
 */
export async function readWeights(path: string): Promise<TensorMap> {
  switch (extname(path).toLowerCase()) {
    case '.safetensors': {
      const { tensors } = await readSafetensors(path);
      return new Map([...tensors].filter(([name]) => !name.startsWith('optimizer.')));
    }
    case '.onnx':
      return onnxWeights(path);
    default:
      throw new UsageError(said`${setting('initFrom')}: expected a .safetensors or .onnx file, got '${path}'`, {
        code: 'invalid-setting',
      });
  }
}

async function onnxWeights(path: string): Promise<TensorMap> {
  const bytes = await readFile(path).catch((error) => {
    throw fileProblem('read', path, error);
  });
  try {
    const constants = deserializeInitializers(bytes, path).filter(
      ({ tensor }) => tensor.shape.length > 0 && tensor.dtype.startsWith('float'),
    );
    return new Map(constants.map(({ value, tensor }) => [value.name, tensor]));
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    throw new AtelierError(
      `cannot take weights from '${path}': ${error.message}. The file may have been cut short: take another copy, or export it again.`,
      { code: 'file-damaged', cause: error },
    );
  }
}

/** Compares the tensors of a file with the parameters and buffers of a network. */
export function matchWeights(network: Module, weights: TensorMap): WeightMatch {
  const expected = new Map<string, TensorType>([
    ...network.parameters.map(({ name, shape }) => [name, { dtype: 'float32', shape }] as const),
    ...network.buffers.map(({ name, dtype, shape }) => [name, { dtype, shape }] as const),
  ]);
  const both = [...expected].flatMap(([name, type]) => {
    const found = weights.get(name);
    return found ? [{ name, expected: type, found }] : [];
  });
  return {
    matched: both.filter((one) => sameType(one.expected, one.found)).map(({ name }) => name),
    missing: [...expected.keys()].filter((name) => !weights.has(name)),
    unexpected: [...weights.keys()].filter((name) => !expected.has(name)),
    different: both.filter((one) => !sameType(one.expected, one.found)),
  };
}

/**
 * `fresh` with the weights of a file in place of those of the same names; says in the log what matched and what did not.
 * What the file lacks stays as it is in `fresh`.
 *
 * @param fresh the whole state of a new run
 * @throws AtelierError where a tensor has another type or shape than the model's, or none has a name that it knows
 */
export function withWeights(
  fresh: TensorMap,
  network: Module,
  weights: TensorMap,
  path: string,
  logger: Logger,
): TensorMap {
  const match = matchWeights(network, weights);
  const { matched, missing, unexpected, different } = match;
  const lists = [`missing: ${listed(missing)}`, `unexpected: ${listed(unexpected)}`].join('\n');
  if (different.length > 0) {
    const lines = different.map(
      ({ name, expected, found }) => `  ${name}: expected ${formatType(expected)}, found ${formatType(found)}`,
    );
    throw new AtelierError(
      `cannot start ${network.name} from '${path}': tensors of other types or shapes than the model's:\n${lines.join('\n')}\n` +
        `matched: ${matched.length} tensors\n${lists}\nGive float32 weights of this very model.`,
      { code: 'weights-mismatch' },
    );
  }
  if (matched.length === 0)
    throw new AtelierError(
      said`cannot start ${network.name} from '${path}': none of its ${weights.size} tensors has a name of the model's.\n${lists}\nNames must be PyTorch's, as in \`${call('summary')}\` with .weight and .bias.`,
      { code: 'weights-mismatch' },
    );
  logger.info(
    { ...match, path },
    `starting from '${path}': ${matched.length} of ${matched.length + missing.length} tensors matched`,
  );
  // Counters of batches are not needed to go on, and ONNX files never have them.
  const needed = missing.filter((name) => fresh.get(name)?.dtype === 'float32');
  if (needed.length > 0)
    logger.warn({ missing: needed }, `not in '${path}', so these start as in a new run: ${listed(needed)}`);
  if (unexpected.length > 0)
    logger.warn(
      { unexpected },
      `in '${path}' but not in ${network.name}, so these are left out: ${listed(unexpected)}`,
    );
  return new Map([...fresh].map(([name, tensor]): [string, Tensor] => [name, taken(name) ?? tensor]));

  function taken(name: string): Tensor | undefined {
    return matched.includes(name) ? weights.get(name) : undefined;
  }
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
