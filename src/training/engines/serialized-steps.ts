import { serializeModel, serializeScan } from '../../../graphs/ir/serialize.ts';
import type { Program } from '../../../graphs/programs/program.ts';
import type { Together } from './together.ts';

/**
 * The graph that an engine compiles first, as the bytes of an ONNX file: a lowered training step of the usual batch size, or the Scan that
 * makes several of them.
 */
export function serializedSteps(step: Program, stepsPerCall: number, together: Together): Uint8Array {
  if (stepsPerCall === 1 || together === 'unrolled') return serializeModel(step.graph);
  const carried = step.state.map(({ name, next }) => ({ input: name, output: next }));
  return serializeScan(step.graph, carried);
}
