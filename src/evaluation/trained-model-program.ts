import { bindInputs } from '../../graphs/ir/passes/bind.ts';
import type { Program } from '../../graphs/programs/program.ts';
import { AtelierError, messageOf } from '../errors.ts';
import { Session, type SessionOptions } from '../runtime/session.ts';
import { fromOrt, toOrt } from '../runtime/tensors.ts';
import type { TensorMap } from '../training/initialize.ts';

/** What a program returned for a batch: float32 elements, row-major, the batch first, by output name. */
export type ProgramOutputs = ReadonlyMap<string, Float32Array>;

/** A program whose weights are constants of its graph: nothing is left to feed but images. */
export class BoundProgram {
  readonly #program: Program;
  readonly #session: Session;

  private constructor(program: Program, session: Session) {
    this.#program = program;
    this.#session = session;
  }

  /**
   * Binds a program's state and compiles it. Constant weights let the runtime lay them out in advance, which is what makes
   * inference fast.
   *
   * @param source where the state comes from, for messages
   * @throws AtelierError where the state lacks a tensor or has it in another shape
   */
  static async create(
    program: Program,
    state: TensorMap,
    source: string,
    options: SessionOptions,
  ): Promise<BoundProgram> {
    const tensors = new Map(
      program.state.map(({ name }) => {
        const tensor = state.get(name);
        if (!tensor)
          throw new AtelierError(`the checkpoint lacks '${name}', which the model needs`, { code: 'weights-mismatch' });
        return [name, tensor] as const;
      }),
    );
    return new BoundProgram(program, await Session.create(bind(program, tensors, source), options));
  }

  /**
   * The outputs for a batch of raw images. They are new arrays each time, so they may be kept while the next batch runs.
   *
   * @param images uint8 [count * channels * height * width], read before this returns its promise
   * @throws AtelierError where there are not as many pixels
   */
  async run(images: Uint8Array, count: number): Promise<ProgramOutputs> {
    const { inputs, outputs } = this.#program;
    const shape = [count, ...sizesOf(inputs.find(({ name }) => name === 'images')?.shape ?? [])];
    const expected = shape.reduce((product, size) => product * size, 1);
    if (images.length !== expected)
      throw new AtelierError(`internal: ${images.length} pixels, expected ${shape.join(' x ')}`);
    const results = await this.#session.run({ images: toOrt({ dtype: 'uint8', shape, data: images }) });
    return new Map(
      outputs.map(({ name }) => {
        const result = results[name];
        const tensor = result && fromOrt(result, name);
        if (tensor?.dtype !== 'float32')
          throw new AtelierError(`internal: the ${this.#program.name} program returned no '${name}'`);
        return [name, tensor.data];
      }),
    );
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

function bind({ graph }: Program, tensors: TensorMap, source: string) {
  try {
    return bindInputs(graph, tensors);
  } catch (error) {
    throw new AtelierError(`'${source}' does not fit the model: ${messageOf(error)}`, {
      code: 'weights-mismatch',
      cause: error,
    });
  }
}

/** The sizes of one image in a shape whose first dimension is the batch. */
export function sizesOf(shape: readonly (number | string)[]): readonly number[] {
  return shape.slice(1).filter((size) => typeof size === 'number');
}
