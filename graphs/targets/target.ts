import type { GraphBuilder } from '../ir/builder.ts';
import { type Graph, type Node, type NodeOf, producers } from '../ir/graph.ts';
import { definitionOf, type OpName } from '../ir/ops/index.ts';
import type { training } from '../ir/ops/training.ts';
import type { Pass } from '../ir/passes/run.ts';
import { GraphRewriter } from '../ir/rewrite.ts';
import { formatType, GraphError, sameType, type Value } from '../ir/types.ts';
import type { Program } from '../programs/program.ts';

/** An operator that no execution provider runs. */
export type TrainingOp = keyof typeof training;

/** What a lowering sees of the node that it replaces; all values are those of the new graph. */
export class LoweringContext<O extends OpName> {
  readonly b: GraphBuilder;
  readonly node: NodeOf<O>;
  private readonly translate: (value: Value) => Value;
  private readonly origin: ReadonlyMap<string, Node>;

  constructor(b: GraphBuilder, node: NodeOf<O>, translate: (value: Value) => Value, origin: ReadonlyMap<string, Node>) {
    this.b = b;
    this.node = node;
    this.translate = translate;
    this.origin = origin;
  }

  /** Whether input `index` is there. */
  has(index: number): boolean {
    return (this.node.inputs[index] ?? null) !== null;
  }

  /** Input `index` in the new graph. Throws GraphError where it is absent. */
  x(index: number): Value {
    const value = this.node.inputs[index] ?? null;
    if (value === null) throw new GraphError(`internal: ${this.node.name}: input ${index} is missing`);
    return this.translate(value);
  }

  /** Whether anybody reads output `index`. */
  wants(index: number): boolean {
    return (this.node.outputs[index] ?? null) !== null;
  }

  /** Copies the node as it stands. Returns its new outputs. */
  copy(): readonly (Value | null)[] {
    return this.b.copy(this.node, this.translate);
  }

  /** The same node with operands that `change` has moved to another form (layout, type). */
  with(change: (value: Value) => Value): LoweringContext<O> {
    return new LoweringContext(this.b, this.node, (value) => change(this.translate(value)), this.origin);
  }

  /** The node that made input `index`, where it is of operator `op`, with its operands in the new graph. */
  madeBy<P extends OpName>(index: number, op: P): { readonly x: (i: number) => Value } | null {
    const value = this.node.inputs[index] ?? null;
    return value && this.origin.get(value.name)?.op === op ? this.maker(index) : null;
  }

  /**
   * The node that made input `index`, with its own operands and results in the new graph: for gradients whose
   * operator names less than its formula needs (MaxPoolGrad knows only the indices).
   */
  maker(index: number): { readonly node: Node; readonly x: (i: number) => Value; readonly y: (i: number) => Value } {
    const value = this.node.inputs[index] ?? null;
    const node = value === null ? undefined : this.origin.get(value.name);
    if (!node) throw new GraphError(`${this.node.name}: input ${index} must be made by a node of the same graph`);
    const pick = (list: readonly (Value | null)[], i: number) => {
      const found = list[i] ?? null;
      if (found === null) throw new GraphError(`internal: ${node.name} has no operand ${i}`);
      return this.translate(found);
    };
    return { node, x: (i) => pick(node.inputs, i), y: (i) => pick(node.outputs, i) };
  }
}

/** Replaces one operator: returns a value for each output of the node, null where it is not wanted. */
export type Lowering<O extends OpName> = (context: LoweringContext<O>) => readonly (Value | null)[];

/**
 * A target turns the training operators into what some runtime executes. The table is total: a new training operator
 * does not compile until each target says how it is lowered, or that it stays ('native').
 */
export interface Target {
  readonly name: string;
  readonly lowerings: { readonly [O in TrainingOp]: Lowering<O> | 'native' };
  /** Passes that run before anything is lowered, and after everything is; see `compile`. */
  readonly before?: readonly Pass[];
  readonly after?: readonly Pass[];
  /** What the target's runtime asks of a program as a whole; runs last, on the lowered program. */
  readonly finish?: (program: Program) => Program;
  /** Refinements of other operators, where a target knows better than the node as it stands. */
  readonly refinements?: { readonly [O in Exclude<OpName, TrainingOp>]?: Lowering<O> };
}

/**
 * The graph with every operator that the target lowers replaced; names of inputs and outputs stay. New nodes are named
 * below the node that they replace. Throws GraphError where a lowering returns another type than the operator promised.
 */
export function lower(graph: Graph, target: Target): Graph {
  return new TargetLowering(graph, target).rewrite();
}

class TargetLowering extends GraphRewriter {
  private readonly target: Target;
  private readonly table: { readonly [K in OpName]?: Lowering<K> | 'native' };
  private readonly origin: ReadonlyMap<string, Node>;

  constructor(graph: Graph, target: Target) {
    super(graph);
    this.target = target;
    this.table = { ...target.refinements, ...target.lowerings };
    this.origin = producers(graph.nodes);
  }

  protected override node(node: Node): readonly (Value | null)[] {
    return this.b.within(node.name, () => this.lowered(node));
  }

  private lowered<O extends OpName>(node: NodeOf<O>): readonly (Value | null)[] {
    const lowering = this.table[node.op];
    const translate = (value: Value) => this.translate(value);
    if (typeof lowering === 'function') return lowering(new LoweringContext(this.b, node, translate, this.origin));
    if (lowering === undefined && definitionOf(node.op).training)
      throw new GraphError(`internal: target ${this.target.name} has no lowering for ${node.op}`);
    return this.b.copy(node, translate);
  }

  protected override result({ name, op }: Node, index: number, output: Value, value: Value | null): void {
    if (!value || !sameType(value, output))
      throw new GraphError(
        `internal: target ${this.target.name} lowers output ${index} of ${name} (${op}) to ` +
          `${value ? formatType(value) : 'nothing'}, ${formatType(output)} was promised`,
      );
    this.become(output, value);
  }
}
