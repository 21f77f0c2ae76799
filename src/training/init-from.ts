import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { formatType, type Tensor } from '../../graphs/ir/types.ts';
import type { Model } from '../../graphs/models/model.ts';
import type { Program } from '../../graphs/programs/program.ts';
import { imageShapeText } from '../data/images.ts';
import { AtelierError } from '../errors.ts';
import { call, said } from '../message.ts';
import { thousands } from '../text/numbers.ts';
import type { RunConfig } from './config/run-config.ts';
import { initialState, type TensorMap } from './initialize.ts';
import { matchWeights, type WeightMatch } from './match-weights.ts';
import { fittingImages, lackingWeights, otherClasses, type Rebuild } from './other-classes.ts';
import { knownNames, withoutWrapping } from './weight-names.ts';
import { readWeights } from './weights-file.ts';

/** What config.json records of the weights that a run started from: a path that holds from any folder, or null. */
export function initFromPath(requested: string | null | undefined): string | null {
  return typeof requested === 'string' ? resolve(requested) : null;
}

/** What a run starts from. */
export interface Start {
  readonly state: TensorMap;
  /** What became of the tensors of the file that it names; absent where it names none. */
  readonly initTensors?: RunConfig['initTensors'];
}

/**
 * The state that a run starts from: PyTorch's initialization for its seed, with the weights of the file that it names, if
 * it names one. Says in the log what was done to its tensors and their names to make them fit.
 *
 * @param rebuild builds the model for other images and classes, to find out what the weights are of where they do not fit
 * @throws UsageError, AtelierError as `readWeights` and `withWeights` do
 */
export async function startingState(
  model: Model,
  program: Program,
  { recipe, initFrom }: Pick<RunConfig, 'recipe' | 'initFrom'>,
  rebuild: Rebuild,
  logger: Logger,
): Promise<Start> {
  const fresh = initialState(model.network, program, recipe.seed);
  if (initFrom === null) return { state: fresh };
  const { tensors, converted } = await readWeights(initFrom);
  for (const [type, count] of converted)
    logger.info(`'${initFrom}': ${count === 1 ? '1 tensor' : `${count} tensors`} converted from ${type} to float32`);
  const { prefix, weights } = withoutWrapping(tensors, knownNames(model.network));
  if (prefix !== '') logger.info(`'${initFrom}': all names begin with '${prefix}', which is left out`);
  return withWeights(fresh, model, { weights, path: initFrom }, rebuild, logger);
}

/** Weights of a file. */
export interface FileOfWeights {
  readonly weights: TensorMap;
  readonly path: string;
}

/**
 * `fresh` with the weights of a file in place of those of the same names; says in the log what matched and what did not.
 * What the file lacks stays as it is in `fresh`, and so does the last layer where the file is of the same model for another
 * number of classes.
 *
 * @param fresh the whole state of a new run
 * @throws AtelierError where any other tensor has another type or shape than the model's, or none has a name that it knows
 */
export function withWeights(
  fresh: TensorMap,
  model: Model,
  file: FileOfWeights,
  rebuild: Rebuild,
  logger: Logger,
): Start {
  const { weights, path } = file;
  const match = matchWeights(model.network, weights);
  const { matched, missing, unexpected, different } = match;
  const head = otherClasses(model, weights, match, rebuild);
  if (different.length > 0 && !head) throw unfitting(model, file, match, rebuild);
  if (matched.length === 0)
    throw new AtelierError(
      said`cannot start ${model.name} from '${path}': none of its ${weights.size} tensors has a name of the model's.\n${lists(match)}\nNames must be PyTorch's, as in \`${call('summary', { model: model.name })}\` with .weight and .bias.`,
      { code: 'weights-mismatch' },
    );
  logger.info(
    { ...match, path },
    `starting from '${path}': ${matched.length} of ${matched.length + missing.length + different.length} tensors matched`,
  );
  if (head)
    logger.warn(
      { different },
      `'${path}' is for ${thousands(head.classes)} classes, here are ${thousands(model.classes)}: layer '${head.layer}' begins as in a new run (${different.map(shapes).join('; ')})`,
    );
  const lacking = lackingWeights(model, match);
  if (lacking.length > 0)
    logger.warn({ missing: lacking }, `not in '${path}', so these start as in a new run: ${listed(lacking)}`);
  if (unexpected.length > 0)
    logger.warn({ unexpected }, `in '${path}' but not in ${model.name}, so these are left out: ${listed(unexpected)}`);
  const isTaken = new Set(matched);
  const state = [...fresh].map(([name, tensor]): [string, Tensor] => [
    name,
    (isTaken.has(name) ? weights.get(name) : undefined) ?? tensor,
  ]);
  const anew = [
    ...different.map(({ name, expected, found }) => ({ name, shape: [...expected.shape], inFile: [...found.shape] })),
    ...lacking.map((name) => ({ name, shape: [...(fresh.get(name)?.shape ?? [])], inFile: null })),
  ];
  return { state: new Map(state), initTensors: { taken: matched.length, anew, leftOut: [...unexpected] } };
}

/** The weights of a state that a file gave: what begins anew, as another number of classes has it, is none of the file's. */
export function givenWeights({ state, initTensors }: Start): TensorMap {
  const others = new Set(initTensors?.anew.filter(({ inFile }) => inFile !== null).map(({ name }) => name));
  return new Map([...state].filter(([name]) => !others.has(name)));
}

/** What is wrong where tensors differ in more than the number of classes. */
function unfitting(model: Model, { weights, path }: FileOfWeights, match: WeightMatch, rebuild: Rebuild): AtelierError {
  const { matched, different } = match;
  const images = fittingImages(model, weights, rebuild);
  const wayOut =
    images === undefined
      ? 'Give float32 weights of this very model; only its last layer may be for another number of classes.'
      : `They would fit images of ${imageShapeText(images)}; here are ${imageShapeText(model.input)}.`;
  return new AtelierError(
    `cannot start ${model.name} from '${path}': tensors of other types or shapes than the model's:\n${different.map((one) => `  ${shapes(one)}`).join('\n')}\n` +
      `matched: ${matched.length} tensors\n${lists(match)}\n${wayOut}`,
    { code: 'weights-mismatch' },
  );
}

function shapes({ name, expected, found }: WeightMatch['different'][number]): string {
  return `${name}: expected ${formatType(expected)}, found ${formatType(found)}`;
}

function lists({ missing, unexpected }: WeightMatch): string {
  return [`missing: ${listed(missing)}`, `unexpected: ${listed(unexpected)}`].join('\n');
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
