/** What the calling thread and the engine's thread say to each other. */
import type { Program } from '../../../../graphs/programs/program.ts';
import type { Batch } from '../../../data/batches.ts';
import type { SessionOptions } from '../../../runtime/session.ts';
import type { TensorMap } from '../../initialize.ts';
import type { TrainingPrograms } from '../create-engine.ts';
import type { BatchResult, StepInput } from '../engine.ts';
import type { EngineName } from '../engine-names.ts';
import type { SentError } from './sent-error.ts';

/** Which program is meant: the training step of a batch size, or the evaluation step. */
export type ProgramKey = number | 'evaluation';

/** Programs that a request needs and none before it brought. */
export type NewPrograms = ReadonlyMap<ProgramKey, Program>;

/** A request. Requests are met one after the other, in the order in which they come. */
export type Request =
  | {
      readonly to: 'open';
      readonly engine: EngineName;
      readonly target: TrainingPrograms['target'];
      readonly batchSize: number;
      readonly seed: number;
      readonly session: SessionOptions;
      readonly stepsPerCall: number | undefined;
      readonly programs: NewPrograms;
      /** The training step of the batch size, serialized; undefined where the engine does not take it so. */
      readonly model: Uint8Array | undefined;
    }
  | { readonly to: 'train'; readonly inputs: readonly StepInput[]; readonly programs: NewPrograms }
  | { readonly to: 'open evaluation'; readonly programs: NewPrograms }
  | { readonly to: 'evaluate'; readonly batch: Batch }
  | { readonly to: 'close evaluation' }
  | { readonly to: 'copy state' }
  | { readonly to: 'load state'; readonly state: TensorMap }
  | { readonly to: 'release' };

export type RequestName = Request['to'];

/** What a request that was met brings. */
export type Answer =
  | { readonly to: 'open'; readonly name: string; readonly target: string; readonly stepsPerCall: number }
  | { readonly to: 'train'; readonly results: readonly BatchResult[] }
  | { readonly to: 'evaluate'; readonly result: BatchResult }
  | { readonly to: 'copy state'; readonly state: TensorMap }
  | { readonly to: Exclude<RequestName, 'open' | 'train' | 'evaluate' | 'copy state'> };

/** A request on its way; the number comes back with its reply. */
export interface Posted {
  readonly id: number;
  readonly request: Request;
}

/** Nothing will be asked any more: the thread ends when it has met what came before. */
export type Farewell = 'end';

export type Reply =
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly error: SentError };

/** True where an answer is one to requests of that name. */
export function answers<N extends RequestName>(answer: Answer, to: N): answer is Extract<Answer, { readonly to: N }> {
  return answer.to === to;
}
