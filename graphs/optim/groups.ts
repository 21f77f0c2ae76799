/** Settings that differ between the parameters of one model. */

/** A number of the update rule: a constant, or the name of a float32[1] input of the graph, fed in each step. */
export type Setting = number | { readonly input: string };

/** The setting of each parameter, by its name. */
export type PerParameter = (parameter: string) => Setting;

/** Parameters with a rate and a weight decay of their own. */
export interface ParameterGroup {
  /** Whether a parameter belongs to it; where several groups want one, the first has it. */
  readonly includes: (parameter: string) => boolean;
  /** Multiplies the learning rate; 1 where nothing is said. */
  readonly rate?: Setting;
  /** Replaces the optimizer's weight decay. */
  readonly weightDecay?: Setting;
}

/** By what each parameter's learning rate is multiplied: what its group says, else 1. */
export function ratesOf(groups: readonly ParameterGroup[]): PerParameter {
  return (parameter) => groupOf(groups, parameter)?.rate ?? 1;
}

/** The weight decay of each parameter: what its group says, else `otherwise`. */
export function decaysOf(groups: readonly ParameterGroup[], otherwise: Setting): PerParameter {
  return (parameter) => groupOf(groups, parameter)?.weightDecay ?? otherwise;
}

function groupOf(groups: readonly ParameterGroup[], parameter: string): ParameterGroup | undefined {
  return groups.find((group) => group.includes(parameter));
}
