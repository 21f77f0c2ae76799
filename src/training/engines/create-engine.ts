import type { ProgramSet } from '../../runtime/programs.ts';
import type { SessionOptions } from '../../runtime/session.ts';
import type { LocalEngine } from './engine.ts';
import type { EngineName } from './engine-names.ts';

/** The programs that training takes, lowered to a target of the engine (`chooseTarget`). */
export type TrainingPrograms = Pick<ProgramSet, 'target' | 'trainStep' | 'evalStep'>;

export interface EngineOptions {
  readonly programs: TrainingPrograms;
  readonly batchSize: number;
  readonly seed: number;
  readonly session: SessionOptions;
  /** Of the native engine; see `NativeEngineOptions`. 1 by default. */
  readonly stepsPerCall?: number | undefined;
}

/**
 * Compiles an engine's graphs. It computes in the calling thread, which hears of nothing else during a step; `in-thread.ts`
 * has engines that leave it free.
 *
 * @param model the training step of the usual batch size, serialized, where somebody has done so already; of the native
 *   engine
 * @throws AtelierError where the runtime is missing or refuses the graphs
 */
export async function createEngine(name: EngineName, options: EngineOptions, model?: Uint8Array): Promise<LocalEngine> {
  const { programs, batchSize, seed, session, stepsPerCall } = options;
  const { trainStep, evalStep, target } = programs;
  const shared = { trainStep, batchSize, seed };
  switch (name) {
    case 'native': {
      const { NativeEngine } = await import('./native.ts');
      return NativeEngine.create({ ...shared, evalStep, target, session, model, stepsPerCall });
    }
    case 'ort-training': {
      const { OrtTrainingEngine } = await import('./ort-training.ts');
      return OrtTrainingEngine.create({ ...shared, evalStep: evalStep(), threads: session.threads });
    }
  }
}
