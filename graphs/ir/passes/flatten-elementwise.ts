import type { Graph, Node } from '../graph.ts';
import { elementwise } from '../ops/elementwise.ts';
import { GraphRewriter } from '../rewrite.ts';
import { elementCount, sameShape, staticShape, type Value } from '../types.ts';

/**
 * Whatever treats all elements alike, a number beside them or not, is computed on tensors of one axis where they would end in sizes of 1:
 * those the runtime's processor multiplies by a number element by element, in twenty to a hundred times their time. So end the
 * kernels of pointwise convolutions, [M,C,1,1], and each step of an optimizer goes over them a dozen times.
 */
export function flattenElementwise(graph: Graph): Graph {
  return new Flattening(graph).rewrite();
}

class Flattening extends GraphRewriter {
  /** Values of the new graph as tensors of one axis, by their names. */
  private readonly flat = new Map<string, Value>();

  protected override node(node: Node): readonly (Value | null)[] {
    const [output] = node.outputs;
    const count = output && endsInOnes(output);
    if (!Object.hasOwn(elementwise, node.op) || !output || !count) return super.node(node);
    const inputs = node.inputs.map((input) => input && this.translate(input));
    const alike = inputs.every((value) => !value || sameShape(value.shape, output.shape) || isNumber(value));
    if (!alike || inputs.every((value) => !value || isNumber(value))) return super.node(node);
    return this.b.within(node.name, () => {
      const operands = inputs.map((value) => value && (isNumber(value) ? value : this.flattened(value, count)));
      const [result] = this.b.node(node.op, operands, node.attributes);
      if (!result) return [];
      const shaped = this.b.reshape(result, staticShape(output.shape, output.name));
      this.flat.set(shaped.name, result);
      return [shaped];
    });
  }

  private flattened(value: Value, count: number): Value {
    const flat = this.flat.get(value.name) ?? this.b.reshape(value, [count]);
    this.flat.set(value.name, flat);
    return flat;
  }
}

/** How many elements a value of several axes has whose last size is 1; 0 of any other, and of one that is not static. */
function endsInOnes({ shape }: Value): number {
  if (shape.length < 2 || shape.at(-1) !== 1) return 0;
  const sizes = shape.filter((size) => typeof size === 'number');
  const count = sizes.length === shape.length ? elementCount(sizes) : 0;
  return count > 1 ? count : 0;
}

/** Whether a value is a single number, which goes with tensors of any shape; one of more axes would add them to a result of one. */
function isNumber({ shape }: Value): boolean {
  return shape.length <= 1 && shape.every((size) => size === 1);
}
