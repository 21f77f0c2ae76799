import type { GraphBuilder } from '../ir/builder.ts';
import { type Node, type NodeOf, scopeOf } from '../ir/graph.ts';
import type { OpName } from '../ir/ops/index.ts';
import { formatType, GraphError, sameType, staticShape, type Value } from '../ir/types.ts';
import { type InputGradient, RuleContext } from './rule.ts';
import { rules } from './rules/index.ts';

/**
 * Reverse-mode differentiation: adds to the builder the nodes that compute d loss / d value for each of `wrt`, and
 * returns those gradients by the value's name. `loss` must be a scalar (float32[]).
 *
 * The walk un-broadcasts, accumulates and checks shapes; rules only state calculus. Nodes it adds are named below the
 * layer whose gradient they compute. Throws GraphError where a value does not influence the loss, or where an
 * operator on the way has no rule.
 */
export function gradients(b: GraphBuilder, loss: Value, wrt: readonly Value[]): ReadonlyMap<string, Value> {
  if (loss.shape.length !== 0) throw new GraphError(`the loss must be a scalar, got ${formatType(loss)}`);
  const forward = [...b.nodes];
  const influenced = downstream(forward, wrt);
  const contributions = new Map<string, Value[]>([[loss.name, [b.scalar(1)]]]);

  for (const node of forward.reverse()) {
    const wanted = node.inputs.map((input) => input !== null && influenced.has(input.name));
    if (!wanted.includes(true)) continue;
    b.within(scopeOf(node), () => {
      const arrived = node.outputs.map((output) => (output ? accumulated(b, contributions, output) : null));
      if (arrived.every((gradient) => gradient === null)) return;
      apply(b, node, arrived, wanted).forEach((gradient, i) => {
        const input = node.inputs[i];
        if (!input || !gradient) return;
        const list = contributions.get(input.name) ?? [];
        list.push(unbroadcast(b, gradient, input));
        contributions.set(input.name, list);
      });
    });
  }

  return new Map(
    wrt.map((value) => {
      const gradient = accumulated(b, contributions, value);
      if (!gradient)
        throw new GraphError(
          `'${value.name}' does not influence the loss: no gradient reaches it${blocked(forward, value)}`,
        );
      return [value.name, gradient];
    }),
  );
}

/** Names of all values that depend on one of `sources`. */
function downstream(nodes: readonly Node[], sources: readonly Value[]): ReadonlySet<string> {
  const names = new Set(sources.map(({ name }) => name));
  for (const node of nodes) {
    if (rules[node.op] === 'none') continue;
    if (node.inputs.some((input) => input && names.has(input.name)))
      for (const output of node.outputs) if (output) names.add(output.name);
  }
  return names;
}

/** Where the way from a value ends, as its operator's derivative is zero everywhere or none. */
function blocked(backward: readonly Node[], value: Value): string {
  const reached = downstream(backward.toReversed(), [value]);
  const end = backward.findLast(
    ({ op, inputs }) => rules[op] === 'none' && inputs.some((input) => input && reached.has(input.name)),
  );
  if (!end) return '; nothing that is computed from it leads there';
  return ` (${end.name}: operator ${end.op} passes none on)`;
}

/** The gradients of the wanted inputs by the operator's rule. */
function apply<O extends OpName>(
  b: GraphBuilder,
  node: NodeOf<O>,
  arrived: readonly (Value | null)[],
  wanted: readonly boolean[],
): readonly (Value | null)[] {
  const rule = rules[node.op];
  if (rule === 'none') return [];
  if (rule === 'forbidden') throw new GraphError(`${node.name}: operator ${node.op} cannot be differentiated`);
  const results: readonly InputGradient[] = rule(new RuleContext(b, node, arrived, wanted));
  return wanted.map((isWanted, i) => {
    const result = results[i] ?? null;
    if (!isWanted) return null;
    return typeof result === 'function' ? result() : result;
  });
}

/** The sum of what has arrived at a value so far, checked against its type; null where nothing has. */
function accumulated(b: GraphBuilder, contributions: Map<string, Value[]>, value: Value): Value | null {
  const list = contributions.get(value.name);
  if (!list) return null;
  const total = list.reduce((sum, term) => b.add(sum, term));
  if (!sameType(total, value))
    throw new GraphError(`internal: the gradient of '${value.name}' is ${formatType(total)}, not ${formatType(value)}`);
  contributions.set(value.name, [total]);
  return total;
}

/** Sums a gradient over the axes along which its value had been broadcast. */
function unbroadcast(b: GraphBuilder, gradient: Value, value: Value): Value {
  if (sameType(gradient, value)) return gradient;
  const extra = gradient.shape.length - value.shape.length;
  const axes = gradient.shape.flatMap((size, axis) => {
    const kept = axis < extra ? undefined : value.shape[axis - extra];
    return kept === undefined || (kept === 1 && size !== 1) ? [axis] : [];
  });
  const summed = axes.length === 0 ? gradient : b.sum(gradient, axes);
  return b.reshape(summed, staticShape(value.shape, value.name));
}
