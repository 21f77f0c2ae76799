import type { Graph, Node } from '../../ir/graph.ts';
import { elementwise } from '../../ir/ops/elementwise.ts';
import { GraphRewriter } from '../../ir/rewrite.ts';
import { elementCount, sameShape, staticShape, type Value } from '../../ir/types.ts';
import type { BlockedLayout } from './layout.ts';

/**
 * Whatever treats all elements alike is computed on blocked tensors where its operands come out of the layout: the sum of a residual, an
 * activation and its gradient. The way out is taken by the result, and mostly undone by the way in of whoever reads it.
 */
export function elementwiseInside(layout: BlockedLayout): (graph: Graph) => Graph {
  return function elementwiseInsideBlocks(graph) {
    return new Inside(graph, layout).rewrite();
  };
}

class Inside extends GraphRewriter {
  private readonly layout: BlockedLayout;
  /** The blocked form of values of the new graph, by their names. */
  private readonly blocked = new Map<string, Value>();

  constructor(graph: Graph, layout: BlockedLayout) {
    super(graph);
    this.layout = layout;
  }

  protected override node(node: Node): readonly (Value | null)[] {
    if (node.op === 'ReorderInput' && !node.attributes.channels_last) {
      const [input] = node.inputs;
      const known = input && this.blocked.get(this.translate(input).name);
      if (known) return [known];
    }
    const inside = Object.hasOwn(elementwise, node.op) ? this.inside(node) : null;
    if (inside) return [inside];
    const outputs = super.node(node);
    const [[plain = null], [input = null]] = [outputs, node.inputs];
    if (node.op === 'ReorderOutput' && !node.attributes.channels_last && plain && input)
      this.blocked.set(plain.name, this.translate(input));
    return outputs;
  }

  /** The plain form of a node's result, computed in blocks; null where an operand is not there in blocks. */
  private inside(node: Node): Value | null {
    const [output] = node.outputs;
    if (!output) return null;
    let entered = 0;
    const operands: (Value | null)[] = [];
    for (const input of node.inputs) {
      const value = input && this.translate(input);
      const blocked = value && this.blocked.get(value.name);
      const isNumber = value && elementCount(staticOrNone(value)) === 1;
      if (blocked && sameShape(blocked.shape, output.shape)) entered += 1;
      else if (value && !isNumber) return null;
      operands.push(blocked ?? value);
    }
    if (entered === 0) return null;
    return this.b.within(node.name, () => {
      const [result] = this.b.node(node.op, operands, node.attributes);
      if (!result) return null;
      // There is no way out for what are not float32 numbers: whoever wants it plain has it computed so as well.
      const [plain] = result.dtype === 'float32' ? [this.layout.leave(this.b, result)] : super.node(node);
      if (plain) this.blocked.set(plain.name, result);
      return plain ?? null;
    });
  }
}

/** A value's shape; of one that is not static, a shape of no single element. */
function staticOrNone(value: Value): readonly number[] {
  return value.shape.every((size) => typeof size === 'number') ? staticShape(value.shape, value.name) : [0];
}
