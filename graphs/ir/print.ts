import { shortestDecimal } from './float32.ts';
import { attributeEntries, type Graph, type Node } from './graph.ts';
import type { AttributeValue } from './ops/definition.ts';
import { formatType, type Initializer, type Tensor, type Value } from './types.ts';

/** Constants of up to so many elements print their values. */
const smallConstant = 8;

/**
 * A graph as stable text, for snapshots and for reading: inputs, outputs and constants, then one line a node,
 *
 *     conv1/Conv: float32[2,4,4,4] %conv1/Conv_output = Conv(%images, %conv1.weight, _) kernel_shape=[3,3]
 *
 * where `_` stands for an operand that is absent. Attributes are in alphabetical order.
 */
export function printGraph(graph: Graph): string {
  return [
    `graph ${graph.name}`,
    ...graph.inputs.map((value) => `  input ${formatValue(value)}`),
    ...graph.outputs.map((value) => `  output ${formatValue(value)}`),
    ...graph.initializers.map((initializer) => `  constant ${formatInitializer(initializer)}`),
    ...graph.nodes.map((node) => `  ${formatNode(node)}`),
  ].join('\n');
}

/** A node as one line of text, as `printGraph` has it. */
export function formatNode(node: Node): string {
  const outputs = node.outputs.map((value) => (value ? formatValue(value) : '_')).join(', ');
  const inputs = node.inputs.map((value) => (value ? `%${value.name}` : '_')).join(', ');
  const attributes = attributeEntries(node)
    .map(([name, value]) => ` ${name}=${formatAttribute(value)}`)
    .sort();
  return `${node.name}: ${outputs} = ${node.op}(${inputs})${attributes.join('')}`;
}

function formatValue(value: Value): string {
  return `${formatType(value)} %${value.name}`;
}

function formatInitializer({ value, tensor }: Initializer): string {
  return tensor.data.length > smallConstant ? formatValue(value) : `${formatValue(value)} = ${formatElements(tensor)}`;
}

function formatElements({ dtype, shape, data }: Tensor): string {
  const elements = dtype === 'float32' ? Array.from(data, shortestDecimal) : Array.from<number | bigint>(data);
  const text = elements.map((element) => (Object.is(element, -0) ? '-0' : String(element)));
  return shape.length === 0 ? text.join() : `[${text.join()}]`;
}

function formatAttribute(value: AttributeValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'number' ? String(value) : `[${value.join()}]`;
}
