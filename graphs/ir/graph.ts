import type { AttributesOf, AttributeValue, OpName } from './ops/index.ts';
import type { Initializer, Value } from './types.ts';

/** A node of one operator: `NodeOf<'Conv'>` knows Conv's attributes. */
export interface NodeOf<O extends OpName> {
  readonly op: O;
  /** Unique in its graph and readable in Netron: the layer, then the operator (`conv1/Conv`). */
  readonly name: string;
  /** null where an optional input is left out. */
  readonly inputs: readonly (Value | null)[];
  /** null where an optional output is not wanted. */
  readonly outputs: readonly (Value | null)[];
  readonly attributes: AttributesOf<O>;
}

/** Any node; comparing `node.op` tells which, and narrows its attributes. */
export type Node = { [O in OpName]: NodeOf<O> }[OpName];

/** A node whose attributes nobody has held against its operator's row yet (`checkNode` does). */
export interface UncheckedNode {
  readonly op: OpName;
  readonly name: string;
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly (Value | null)[];
  readonly attributes: Readonly<Record<string, AttributeValue | undefined>>;
}

/** A whole computation. Nodes stand in an order in which they can be executed. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly initializers: readonly Initializer[];
  readonly nodes: readonly Node[];
}

/** A node's attributes as plain pairs, for code that treats all operators alike. */
export function attributeEntries(node: Node): readonly (readonly [string, AttributeValue])[] {
  const entries: [string, AttributeValue | undefined][] = Object.entries(node.attributes);
  return entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

/** The layer a node belongs to: its name up to the last slash ('' where it has none). */
export function scopeOf(node: Node): string {
  return node.name.slice(0, Math.max(0, node.name.lastIndexOf('/')));
}

/** Which node makes each value, by the value's name. */
export function producers(nodes: readonly Node[]): ReadonlyMap<string, Node> {
  return new Map(
    nodes.flatMap((node) => node.outputs.flatMap((value) => (value ? [[value.name, node] as const] : []))),
  );
}

/** How often each value is read, by its name; being an output of the graph counts. */
export function useCounts({ nodes, outputs }: Graph): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const value of [...nodes.flatMap((node) => node.inputs), ...outputs])
    if (value) counts.set(value.name, (counts.get(value.name) ?? 0) + 1);
  return counts;
}
