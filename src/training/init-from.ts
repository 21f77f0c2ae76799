import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { formatType, sameType, type Tensor, type TensorType } from '../../graphs/ir/types.ts';
import type { Module } from '../../graphs/nn/module.ts';
import type { Program } from '../../graphs/programs/program.ts';
import { AtelierError } from '../errors.ts';
import { call, said } from '../message.ts';
import type { RunConfig } from './config/run-config.ts';
import { initialState, type TensorMap } from './initialize.ts';
import { knownNames, withoutWrapping } from './weight-names.ts';
import { readWeights } from './weights-file.ts';

/** What config.json records of the weights that a run started from: a path that holds from any folder, or null. */
export function initFromPath(requested: string | null | undefined): string | null {
  return typeof requested === 'string' ? resolve(requested) : null;
}

/**
 * The state that a run starts from: PyTorch's initialization for its seed, with the weights of the file that it names, if
 * it names one. Says in the log what was done to its tensors and their names to make them fit.
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
  if (initFrom === null) return fresh;
  const { tensors, converted } = await readWeights(initFrom);
  for (const [type, count] of converted)
    logger.info(`'${initFrom}': ${count === 1 ? '1 tensor' : `${count} tensors`} converted from ${type} to float32`);
  const { prefix, weights } = withoutWrapping(tensors, knownNames(network));
  if (prefix !== '') logger.info(`'${initFrom}': all names begin with '${prefix}', which is left out`);
  return withWeights(fresh, network, weights, initFrom, logger);
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
      said`cannot start ${network.name} from '${path}': none of its ${weights.size} tensors has a name of the model's.\n${lists}\nNames must be PyTorch's, as in \`${call('summary', { model: network.name })}\` with .weight and .bias.`,
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
