/** Optimizers run for some steps on given gradients. */
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import { float32, int64 } from '../../../graphs/ir/types.ts';
import type { Optimizer } from '../../../graphs/optim/optimizer.ts';
import { type Slot, Step } from '../../../graphs/optim/transformation.ts';
import { Executable } from '../execute.ts';

/** Numbers of each parameter, by its name. */
export type Numbers = Readonly<Record<string, readonly number[]>>;

/** What a step has made of each parameter. */
export type After = Readonly<
  Record<string, { readonly parameter: readonly number[]; readonly state: Readonly<Record<string, readonly number[]>> }>
>;

const stateName = (state: string, parameter: string) => `${parameter}.${state}`;

/** One step of all parameters as a graph: vectors `p`, gradients `p.gradient`, state `p.exp_avg`; outputs end in `.next`. */
export function updateGraph(optimizer: Optimizer, parameters: Numbers) {
  const b = new GraphBuilder(optimizer.name);
  const slots = Object.entries(parameters).map(([name, { length }]): Slot => {
    const input = (of: string) => b.input(of, 'float32', [length]);
    return {
      name,
      parameter: input(name),
      update: input(`${name}.gradient`),
      state: Object.fromEntries(optimizer.state.map((state) => [state, input(stateName(state, name))])),
    };
  });
  const learningRate = b.input('lr', 'float32', [1]);
  const step = new Step(b, optimizer.name, { learningRate, step: b.input('step', 'int64', [1]) });
  for (const { name, parameter, state } of optimizer.update(step, slots)) {
    b.output(`${name}.next`, parameter);
    for (const [key, value] of Object.entries(state)) b.output(`${stateName(key, name)}.next`, value);
  }
  return b.finish();
}

/**
 * The parameters and their state after each of some steps, from a state of zeros.
 *
 * @param gradients of all parameters, for each step
 * @param settings the numbers of the graph's other inputs
 */
export async function trajectory(
  optimizer: Optimizer,
  start: Numbers,
  gradients: readonly Numbers[],
  settings: Readonly<Record<string, number>> = {},
  lr = 0.1,
): Promise<readonly After[]> {
  const executable = await Executable.create(updateGraph(optimizer, start));
  const names = Object.keys(start).flatMap((name) => [name, ...optimizer.state.map((state) => stateName(state, name))]);
  let current: Numbers = Object.fromEntries(
    names.map((name) => [name, start[name] ?? zerosLike(start[name.slice(0, name.lastIndexOf('.'))])]),
  );
  const steps: After[] = [];
  for (const [i, gradient] of gradients.entries()) {
    const found = await executable.run({
      ...vectors(current),
      ...vectors(Object.fromEntries(Object.entries(gradient).map(([name, values]) => [`${name}.gradient`, values]))),
      ...vectors(Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, [value]]))),
      lr: float32([lr]),
      step: int64([i + 1]),
    });
    current = Object.fromEntries(names.map((name) => [name, found[`${name}.next`] ?? []]));
    steps.push(
      Object.fromEntries(
        Object.keys(start).map((name) => {
          const state = optimizer.state.map((key) => [key, found[`${stateName(key, name)}.next`] ?? []]);
          return [name, { parameter: found[`${name}.next`] ?? [], state: Object.fromEntries(state) }];
        }),
      ),
    );
  }
  await executable.release();
  return steps;
}

const zerosLike = (values: readonly number[] = []) => values.map(() => 0);

const vectors = (numbers: Numbers) =>
  Object.fromEntries(Object.entries(numbers).map(([name, values]) => [name, float32(values)]));
