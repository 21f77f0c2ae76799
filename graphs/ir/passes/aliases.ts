import type { Graph, Node } from '../graph.ts';
import type { Value } from '../types.ts';

/**
 * Values that a pass has found to be the same, while it walks a graph in order. Outputs of the graph keep their
 * names: where one is merged into another value, that other value takes the output's name.
 */
export class Aliases {
  private readonly targets = new Map<string, Value>();
  private readonly names = new Map<string, string>();
  private readonly outputs: ReadonlySet<string>;
  /** Names that must stay as they are: graph inputs, constants, graph outputs. */
  private readonly fixed: Set<string>;

  constructor(graph: Graph) {
    this.outputs = new Set(graph.outputs.map((value) => value.name));
    this.fixed = new Set([
      ...this.outputs,
      ...graph.inputs.map((value) => value.name),
      ...graph.initializers.map(({ value }) => value.name),
    ]);
  }

  /** The value that stands for `value` now. */
  resolve(value: Value): Value {
    return this.targets.get(value.name) ?? value;
  }

  /** A node whose operands are the values that stand for them now. */
  resolveInputs(node: Node): Node {
    return { ...node, inputs: node.inputs.map((input) => input && this.resolve(input)) };
  }

  /**
   * Makes `value` stand for `same`, which is made earlier. False, and nothing changes, where both names must survive
   * because `value` is an output of the graph and `same` is an input, a constant or another output.
   */
  merge(value: Value, same: Value): boolean {
    const target = this.resolve(same);
    if (this.outputs.has(value.name)) {
      if (this.fixed.has(target.name)) return false;
      this.names.set(target.name, value.name);
      this.fixed.add(target.name);
    }
    this.targets.set(value.name, target);
    return true;
  }

  /** The nodes under the names that their values have in the end. */
  renamed(nodes: readonly Node[]): readonly Node[] {
    if (this.names.size === 0) return nodes;
    const rename = (value: Value | null): Value | null => {
      const name = value && this.names.get(value.name);
      return value && name !== undefined && name !== null ? { ...value, name } : value;
    };
    return nodes.map((node): Node => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) }));
  }
}
