/** The one walk from a graph to the graph that replaces it. */
import { GraphBuilder } from './builder.ts';
import type { Graph, Node } from './graph.ts';
import { GraphError, type Initializer, type Value } from './types.ts';

/** Values are known by their names. */
type Named = Pick<Value, 'name'>;

/**
 * Rebuilds a graph in a builder: its inputs, then its constants, its nodes in their order, its outputs. Each is copied as
 * it stands, name included; a pass overrides the methods for what it changes, and asks `translate` what a value of the
 * old graph has become. A walk ends with `rewrite`, or a pass calls its four stages itself.
 */
export class GraphRewriter {
  readonly source: Graph;
  readonly b: GraphBuilder;
  private readonly values = new Map<string, Value>();

  /** @param b where the new graph is built: a builder of its own under the old graph's name by default */
  constructor(source: Graph, b: GraphBuilder = new GraphBuilder(source.name)) {
    this.source = source;
    this.b = b;
  }

  /** The rewritten graph. */
  rewrite(): Graph {
    this.inputs();
    this.initializers();
    this.nodes();
    this.outputs();
    return this.b.finish();
  }

  /** First stage: the inputs. */
  inputs(): void {
    for (const input of this.source.inputs) this.become(input, this.input(input));
  }

  /** Second stage: the constants. A pass that makes constants where they are first used overrides it with nothing. */
  initializers(): void {
    for (const initializer of this.source.initializers) this.become(initializer.value, this.initializer(initializer));
  }

  /** Third stage: the nodes. */
  nodes(): void {
    for (const node of this.source.nodes) {
      const results = this.node(node);
      node.outputs.forEach((output, i) => {
        if (output) this.result(node, i, output, results[i] ?? null);
      });
    }
  }

  /** Last stage: the outputs. */
  outputs(): void {
    for (const output of this.source.outputs) this.output(output);
  }

  /** What a value of the old graph is in the new one. Throws GraphError where it is used before it is made. */
  translate(old: Named): Value {
    const value = this.values.get(old.name) ?? this.late(old);
    if (!value) throw new GraphError(`internal: graph '${this.source.name}': '${old.name}' is used before it is made`);
    this.become(old, value);
    return value;
  }

  /** Says what a value of the old graph is from here on; with null it stays what it was. */
  become(old: Named, value: Value | null): void {
    if (value) this.values.set(old.name, value);
  }

  /** The new graph's input for one of the old; null leaves it out. */
  protected input({ name, dtype, shape, sequence }: Value): Value | null {
    return sequence ? this.b.sequence(name, dtype) : this.b.input(name, dtype, shape);
  }

  /** The new graph's constant for one of the old; null leaves it out. */
  protected initializer({ value, tensor }: Initializer): Value | null {
    return this.b.constant(tensor, value.name);
  }

  /** Adds what replaces a node. Returns a value of the new graph for each of its outputs, null for one that is not wanted. */
  protected node(node: Node): readonly (Value | null)[] {
    return this.b.copy(node, (value) => this.translate(value));
  }

  /** Takes note of what output `index` of a node has become. */
  protected result(_node: Node, _index: number, output: Value, value: Value | null): void {
    this.become(output, value);
  }

  /** Marks what an output of the old graph has become as one of the new. */
  protected output(output: Value): void {
    this.b.output(output.name, this.translate(output));
  }

  /** A value that nothing has made yet: a pass may make it where it is first used. Nothing does by default. */
  protected late(_old: Named): Value | null {
    return null;
  }
}
