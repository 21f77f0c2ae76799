import { formatType, type Tensor, zeros } from '../../../graphs/ir/types.ts';
import type { StateTensor } from '../../../graphs/programs/program.ts';
import { AtelierError } from '../../errors.ts';
import type { Tensor as OrtTensor } from '../../runtime/onnxruntime.ts';
import { copyInto, copyOf, toOrt } from '../../runtime/tensors.ts';
import type { TensorMap } from '../initialize.ts';

interface Slot {
  readonly spec: StateTensor;
  readonly tensors: readonly [Tensor, Tensor];
  readonly views: readonly [OrtTensor, OrtTensor];
}

/**
 * A run's state in two preallocated copies: a step reads one and writes the other, then they change places. Nothing is
 * allocated while training, and the copy that was read stays whole until the step has succeeded.
 */
export class StatePair {
  readonly #slots: readonly Slot[];
  #current: 0 | 1 = 0;

  constructor(specs: readonly StateTensor[]) {
    this.#slots = specs.map((spec): Slot => {
      const tensors = [zeros(spec.dtype, spec.shape), zeros(spec.dtype, spec.shape)] as const;
      return { spec, tensors, views: [toOrt(tensors[0]), toOrt(tensors[1])] };
    });
  }

  /** The current state by input name. */
  feeds(): Record<string, OrtTensor> {
    return Object.fromEntries(this.#slots.map(({ spec, views }) => [spec.name, views[this.#current]]));
  }

  /** Where the next state is to be written, by output name. */
  fetches(): Record<string, OrtTensor> {
    const next = this.#current === 0 ? 1 : 0;
    return Object.fromEntries(this.#slots.map(({ spec, views }) => [spec.next, views[next]]));
  }

  /** Makes what was written the current state. */
  swap(): void {
    this.#current = this.#current === 0 ? 1 : 0;
  }

  /** The current tensors themselves, not copies; the step after the next overwrites them. */
  view(kinds?: readonly StateTensor['kind'][]): TensorMap {
    const wanted = this.#slots.filter(({ spec }) => kinds === undefined || kinds.includes(spec.kind));
    return new Map(wanted.map(({ spec, tensors }) => [spec.name, tensors[this.#current]]));
  }

  copy(): TensorMap {
    return new Map([...this.view()].map(([name, tensor]) => [name, copyOf(tensor)]));
  }

  /** Throws AtelierError, before anything is changed, where a tensor is missing or of another type. */
  load(state: TensorMap): void {
    const found = this.#slots.map(({ spec, tensors }) => {
      const tensor = state.get(spec.name);
      if (!tensor)
        throw new AtelierError(`the state lacks '${spec.name}' (${formatType(spec)})`, { code: 'weights-mismatch' });
      if (formatType(tensor) !== formatType(spec))
        throw new AtelierError(`state '${spec.name}': expected ${formatType(spec)}, found ${formatType(tensor)}`, {
          code: 'weights-mismatch',
        });
      return { target: tensors[this.#current], tensor, name: spec.name };
    });
    for (const { target, tensor, name } of found) copyInto(target, tensor, `state '${name}'`);
  }
}
