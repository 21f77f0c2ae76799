import type { Node, UncheckedNode } from './graph.ts';
import {
  type AttributeKind,
  type AttributeValue,
  isOptional,
  isVariadic,
  Operands,
  operandName,
} from './ops/definition.ts';
import { definitionOf } from './ops/index.ts';
import { checkShape, GraphError, type Tensor, type TensorType, type Value } from './types.ts';

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
  const types = definitionOf(node.op).infer(operandsOf(node, constant), node.attributes);
  // A rule may hand an operand's type on, and that is a whole value, with its name.
  return types.map(({ dtype, shape }, i) => {
    checkShape(shape, `${node.name} (${node.op}): output ${i}`);
    return { dtype, shape };
  });
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
  return new Operands(`${name} (${op})`, inputs, (index) => {
    const input = inputs[index];
    return input ? constant(input) : undefined;
  });
}

function checkArity({ op, name, inputs }: Call): void {
  const specs = definitionOf(op).inputs;
  const missing = specs.some((spec, i) => !isOptional(spec) && (inputs[i] ?? null) === null);
  const tooMany = inputs.length > specs.length && !isVariadic(specs.at(-1));
  if (missing || tooMany)
    throw new GraphError(
      `${name} (${op}): inputs (${specs.map(operandName).join(', ')}) expected, got ${inputs.length}`,
    );
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
      return Number.isSafeInteger(value);
    case 'ints':
      return Array.isArray(value) && value.every(Number.isSafeInteger);
  }
}
