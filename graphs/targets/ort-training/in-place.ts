import { validate } from '../../ir/validate.ts';
import type { Program, StateTensor } from '../../programs/program.ts';
import { allOf, continued, lookUp, names } from './continued.ts';

/** TrainingSession moves parameters as one buffer of float32; state of other types stays with the caller. */
function isHeld({ dtype }: StateTensor): boolean {
  return dtype === 'float32';
}

/**
 * A training step that leaves its next state where the last one was: parameters, running statistics and moments are
 * parameters of ONNX Runtime's TrainingSession, all of them frozen, and InPlaceAccumulatorV2 writes over them. So the
 * step has the learning rate as an input, which the runtime's own optimizer step has not in JavaScript.
 *
 * State held by the session has no `next` any more; the others (counters) come in and go out as before. Inputs stand in
 * the session's order: the caller's, the held state, `lazy_reset_grad`. Programs without a next state stay as they are.
 */
export function inPlace(program: Program): Program {
  const { graph, state } = program;
  if (state.every(({ next }) => next === '')) return program;
  const held = state.filter(isHeld);
  const isStateInput = new Set(held.map(({ name }) => name));
  const b = continued(graph, [
    ...graph.inputs.filter(({ name }) => !isStateInput.has(name)),
    ...held,
    { name: names.resetGradient, dtype: 'bool', shape: [1] },
  ]);
  // Every node is on the way to an output, so after this one nobody reads the old state any more.
  const allDone = b.op('Group', graph.outputs, {});
  const written = held.map(({ name, next }) =>
    b.within(name, () =>
      b.op('InPlaceAccumulatorV2', [lookUp(graph.inputs, name), lookUp(graph.outputs, next), allDone], {}),
    ),
  );
  const overwritten = new Set(held.map(({ next }) => next));
  for (const output of graph.outputs) if (!overwritten.has(output.name)) b.output(output.name, output);
  b.output('updated', allOf(b, written));
  return {
    ...program,
    graph: validate(b.finish()),
    state: state.map((tensor) => (isHeld(tensor) ? { ...tensor, next: '' } : tensor)),
  };
}
