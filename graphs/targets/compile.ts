import { mergeCommonSubexpressions } from '../ir/passes/common-subexpressions.ts';
import { removeDeadCode } from '../ir/passes/dead-code.ts';
import { removeIdentities } from '../ir/passes/identity.ts';
import { runPasses } from '../ir/passes/run.ts';
import type { Program } from '../programs/program.ts';
import { cpuNchwc } from './cpu-nchwc/index.ts';
import { ortTraining } from './ort-training/index.ts';
import { portable } from './portable/index.ts';
import { lower, type Target } from './target.ts';

/** All targets. Graphs for the blocked layout depend on the block size of the processor that is to run them. */
export const targets = {
  portable,
  'cpu-nchwc8': cpuNchwc(8),
  'cpu-nchwc16': cpuNchwc(16),
  'ort-training': ortTraining,
} as const satisfies Readonly<Record<string, Target>>;
/** The name of one of {@link targets}. */
export type TargetName = keyof typeof targets;

/**
 * A program in the form that a target's runtime executes: unused work removed, training operators lowered, equal work
 * shared. Inputs, outputs and state keep their names.
 */
export function compile(program: Program, target: Target): Program {
  const { before = [], after = [] } = target;
  const tidied = runPasses(program.graph, [removeDeadCode, ...before]);
  const graph = runPasses(lower(tidied, target), [
    removeDeadCode,
    removeIdentities,
    mergeCommonSubexpressions,
    removeDeadCode,
    ...after,
  ]);
  const lowered = { ...program, graph };
  return target.finish ? target.finish(lowered) : lowered;
}
