import type { Model } from '../../graphs/models/model.ts';
import { tapNames } from '../../graphs/programs/inference.ts';
import type { Program } from '../../graphs/programs/program.ts';
import type { Context } from '../context.ts';
import { AtelierError, UsageError } from '../errors.ts';
import { call, type Message, said } from '../message.ts';
import { type ProgramSet, programsOf } from '../runtime/programs.ts';
import type { SessionOptions } from '../runtime/session.ts';
import { didYouMean } from '../text/nearest.ts';
import type { Checkpoint } from '../training/checkpoint.ts';
import { type RunConfig, readRunConfig } from '../training/config/run-config.ts';
import { divergenceOf, withLowerRate } from '../training/divergence.ts';
import type { TensorMap } from '../training/initialize.ts';
import { namedModel } from '../training/named-model.ts';
import type { Progress } from '../training/progress.ts';
import { type CheckpointName, readRunCheckpoint } from '../training/run-checkpoint.ts';
import { exists, type RunFolder, requireRun } from '../training/run-folder.ts';
import { type WeightsIdentity, weightsIdentity } from '../training/weights-identity.ts';
import { modelOfRun } from './model-of-run.ts';
import { BoundProgram, type ProgramOutputs, sizesOf } from './trained-model-program.ts';

export interface TrainedModelOptions {
  readonly checkpoint: CheckpointName;
  readonly threads: number;
}

/** What a model said about N images, in C classes. */
export interface Answers {
  /** float32 [N * C] */
  readonly logits: Float32Array;
  /** float32 [N * C], each image's add up to 1. */
  readonly probabilities: Float32Array;
}

/** A layer whose output can be looked at. */
export interface InspectedLayer {
  /** The tap: `conv1`, `stage1.0`. */
  readonly name: string;
  /** Of one image's activations; a vector is [C, 1, 1]. */
  readonly shape: readonly [channels: number, height: number, width: number];
}

/** A batch's logits and the layers' activations. */
export interface Inspection {
  /** float32 [N * classes] */
  readonly logits: Float32Array;
  /** float32 [N * channels * height * width] of each layer, by name. */
  readonly activations: ReadonlyMap<string, Float32Array>;
}

/** The inspect program for chosen layers, compiled. */
export interface Inspector {
  /** In the order in which they were asked for. */
  readonly layers: readonly InspectedLayer[];
  /** @param images uint8 [count * channels * height * width] */
  inspect(images: Uint8Array, count: number): Promise<Inspection>;
}

/**
 * A run's checkpoint as something that computes.
 *
 * @param path the run folder
 * @throws AtelierError where the folder is no run, or has no such checkpoint, or one that cannot be used
 */
export async function openTrainedModel(
  path: string,
  { checkpoint, threads }: TrainedModelOptions,
  context: Pick<Context, 'models' | 'logger'>,
): Promise<TrainedModel> {
  const run = await requireRun(path);
  const config = await readRunConfig(run.path);
  const model = await modelOfRun(run.path, config, context);
  const { state, progress } = await checkpointOf(run, config, checkpoint, context.logger);
  return new TrainedModel(
    { run, config, model, source: run.checkpoint(checkpoint), state, progress },
    { device: 'cpu', threads },
  );
}

async function checkpointOf(
  run: RunFolder,
  config: RunConfig,
  which: CheckpointName,
  logger: Context['logger'],
): Promise<Checkpoint> {
  const { model } = config;
  const path = run.checkpoint(which);
  if (!(await exists(path))) throw await lackingCheckpoint(run, config, which);
  const checkpoint = await readRunCheckpoint(run, which, config, logger);
  if (checkpoint.model !== model)
    throw new AtelierError(`'${path}' is a checkpoint of model ${checkpoint.model}, the run is of model ${model}`, {
      code: 'checkpoint-mismatch',
    });
  return checkpoint;
}

/** Why a run has no such checkpoint, and how to come by one. */
async function lackingCheckpoint(run: RunFolder, config: RunConfig, which: CheckpointName): Promise<AtelierError> {
  const lacking = `'${run.path}' has no ${which} checkpoint`;
  const because = (reason: Message) => new AtelierError(said`${lacking}: ${reason}`, { code: 'no-checkpoint' });
  const divergence = await divergenceOf(run);
  if (divergence !== undefined)
    return because(
      said`${divergence.found}, before an epoch had been completed. Train it anew with a lower learning rate: ${withLowerRate(run, config)}`,
    );
  const named = namedModel(config);
  if (await exists(run.history))
    return because(
      said`its epochs have been trained, but the file is gone. Train it anew: ${call('train', { ...named, configFile: run.config })}`,
    );
  return because(
    said`no epoch of it has been completed. Go on with it: ${call('train', { ...named, resume: true, run: run.path })}`,
  );
}

/** What a trained model is made of. */
export interface TrainedModelParts {
  readonly run: RunFolder;
  readonly config: RunConfig;
  readonly model: Model;
  /** Where `state` comes from, for messages. */
  readonly source: string;
  readonly state: TensorMap;
  /** Where training stood when the state was saved. */
  readonly progress: Progress;
}

/** Programs are compiled when they are first asked for, and released together. */
export class TrainedModel {
  readonly run: RunFolder;
  readonly config: RunConfig;
  readonly model: Model;
  /** Parameters, buffers and optimizer state under their checkpoint names. */
  readonly state: TensorMap;
  readonly progress: Progress;
  /** Every layer that can be inspected, in the order of the forward pass. */
  readonly layers: readonly string[];
  readonly #programs: ProgramSet;
  readonly #source: string;
  readonly #session: SessionOptions;
  readonly #bound: Promise<BoundProgram>[] = [];
  #predictor: Promise<BoundProgram> | undefined;
  #weights: WeightsIdentity | undefined;

  /** See `openTrainedModel`. */
  constructor({ run, config, model, source, state, progress }: TrainedModelParts, session: SessionOptions) {
    this.run = run;
    this.config = config;
    this.model = model;
    this.state = state;
    this.progress = progress;
    this.#programs = programsOf(model, config.recipe, 'portable');
    this.layers = tapNames(this.#programs);
    this.#source = source;
    this.#session = session;
  }

  /** Which weights it answers with. */
  get weights(): WeightsIdentity {
    this.#weights ??= weightsIdentity(this);
    return this.#weights;
  }

  /** The number of classes, C. */
  get classes(): number {
    return this.model.classes;
  }

  /** Classifies raw images, uint8 [count * channels * height * width]. */
  async predict(images: Uint8Array, count: number): Promise<Answers> {
    this.#predictor ??= this.#bind(this.#programs.predict());
    const outputs = await (await this.#predictor).run(images, count);
    return { logits: outputOf(outputs, 'logits'), probabilities: outputOf(outputs, 'probabilities') };
  }

  /**
   * Makes some layers readable.
   *
   * @throws UsageError, with the layers there are, for one that the model does not have
   */
  async inspector(layers: readonly string[]): Promise<Inspector> {
    const missing = layers.find((name) => !this.layers.includes(name));
    if (missing !== undefined)
      throw new UsageError(
        `model ${this.config.model} has no layer '${missing}'; it has: ${this.layers.join(', ')}${didYouMean(missing, this.layers)}`,
        {
          code: 'unknown-name',
        },
      );
    const wanted = [...new Set(layers)];
    const program = this.#programs.inspect(wanted);
    const bound = await this.#bind(program);
    return {
      layers: wanted.map((name) => {
        const [channels = 0, height = 1, width = 1] = sizesOf(
          program.outputs.find((output) => output.name === name)?.shape ?? [],
        );
        return { name, shape: [channels, height, width] };
      }),
      inspect: async (images, count) => {
        const outputs = await bound.run(images, count);
        return {
          logits: outputOf(outputs, 'logits'),
          activations: new Map(wanted.map((name) => [name, outputOf(outputs, name)])),
        };
      },
    };
  }

  /** Frees what the programs hold; the model cannot be used afterwards. */
  async release(): Promise<void> {
    for (const result of await Promise.allSettled(this.#bound))
      if (result.status === 'fulfilled') await result.value.release();
  }

  #bind(program: Program): Promise<BoundProgram> {
    const bound = BoundProgram.create(program, this.state, this.#source, this.#session);
    this.#bound.push(bound);
    return bound;
  }
}

function outputOf(outputs: ProgramOutputs, name: string): Float32Array {
  const values = outputs.get(name);
  if (values === undefined) throw new AtelierError(`internal: a program lost its output '${name}'`);
  return values;
}
