import type { Node, UncheckedNode } from './graph.ts';
import { type AttributeKind, type AttributeValue, Operands } from './ops/definition.ts';
import { definitionOf } from './ops/index.ts';
import { GraphError, type Tensor, type TensorType, type Value } from './types.ts';

/** Looks up the tensor behind a value where it is a constant. */
export type ConstantLookup = (value: Value) => Tensor | undefined;

type Call = Omit<UncheckedNode, 'outputs'>;

/**
 * Types of all outputs of a node, wanted or not. Throws GraphError, with the node's name, where operands or
 * attributes do not fit the operator's row.
 */
export function inferTypes(node: Call, constant: ConstantLookup): readonly TensorType[] {
  checkAttributes(node);
  checkArity(node);
  return definitionOf(node.op).infer(operandsOf(node, constant), node.attributes);
}

/** Multiply-adds of one execution of a node; 0 where its row counts none. Symbolic dimensions count as 1. */
export function macsOf(node: Call, constant: ConstantLookup): number {
  return definitionOf(node.op).macs?.(operandsOf(node, constant), node.attributes) ?? 0;
}

/** Holds the attributes of a node against its operator's row; throws GraphError where they differ. */
export function checkNode(node: UncheckedNode): asserts node is Node {
  checkAttributes(node);
}

function operandsOf({ op, name, inputs }: Call, constant: ConstantLookup): Operands {
  const numbers = inputs.map((input) => {
    const tensor = input ? constant(input) : undefined;
    return tensor?.dtype === 'int64' ? Array.from(tensor.data, Number) : null;
  });
  return new Operands(`${name} (${op})`, inputs, numbers);
}

function checkArity({ op, name, inputs }: Call): void {
  const names = definitionOf(op).inputs;
  const variadic = names[0]?.startsWith('...') === true;
  const least = variadic ? 1 : names.filter((input) => !input.endsWith('?')).length;
  const present = inputs.slice(0, least).filter((input) => input !== null).length;
  if (present < least || (!variadic && inputs.length > names.length))
    throw new GraphError(`${name} (${op}): inputs (${names.join(', ')}) expected, got ${inputs.length}`);
}

function checkAttributes({ op, name, attributes }: Pick<UncheckedNode, 'op' | 'name' | 'attributes'>): void {
  const specs = definitionOf(op).attributes;
  for (const [key, { kind, required }] of Object.entries(specs)) {
    const value = attributes[key];
    if (value === undefined ? required : !hasKind(value, kind))
      throw new GraphError(`${name} (${op}): attribute ${key} must be ${kind}, got ${String(value)}`);
  }
  const unknown = Object.keys(attributes).find((key) => !Object.hasOwn(specs, key));
  if (unknown !== undefined)
    throw new GraphError(
      `${name} (${op}): unknown attribute '${unknown}'; there are: ${Object.keys(specs).join(', ') || 'none'}`,
    );
}

function hasKind(value: AttributeValue, kind: AttributeKind): boolean {
  switch (kind) {
    case 'string':
      return typeof value === 'string';
    case 'float':
      return typeof value === 'number';
    case 'int':
      return Number.isInteger(value);
    case 'ints':
      return Array.isArray(value) && value.every(Number.isInteger);
  }
}
