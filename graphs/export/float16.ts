/** Half precision: IEEE 754 binary16, one sign bit, five of exponent, ten of fraction. */
import { GraphBuilder } from '../ir/builder.ts';
import type { Graph, Node } from '../ir/graph.ts';
import { type DataType, GraphError, type Tensor, type TensorOf, type Value } from '../ir/types.ts';

/** The largest number that rounds to a finite half. */
const largest = 65_519.99;
const smallestNormal = 2 ** -14;

/** The bits of the half nearest to a number, ties to even; infinities from 65,520 on. */
export function toHalf(number: number): number {
  const sign = number < 0 || Object.is(number, -0) ? 0x8000 : 0;
  const size = Math.abs(number);
  if (Number.isNaN(number)) return 0x7e00;
  if (size > largest) return sign | 0x7c00;
  // Subnormals count in steps of 2⁻²⁴; rounding up to 2¹⁰ of them gives the smallest normal number's very bits.
  if (size < smallestNormal) return sign | roundToEven(size * 2 ** 24);
  let exponent = Math.floor(Math.log2(size));
  // log2 may round across a power of two.
  if (2 ** exponent > size) exponent -= 1;
  else if (2 ** (exponent + 1) <= size) exponent += 1;
  return sign | (((exponent + 15) << 10) + roundToEven((size / 2 ** exponent - 1) * 1024));
}

/** The number that the bits of a half stand for. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/**
 * The graph computing in float16: constants and everything between are halves. Inputs and outputs keep their types, with
 * a Cast at the border; nodes that `keeps` names stay in float32, border casts included.
 *
 * @throws GraphError where a constant is too large for a half, with its name
 */
export function toFloat16(graph: Graph, keeps: (node: Node) => boolean): Graph {
  const b = new GraphBuilder(graph.name);
  const constants = new Map(graph.initializers.map(({ value, tensor }) => [value.name, tensor]));
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  /** What each value of the old graph became, and its copies in another precision. */
  const values = new Map<string, Value>(
    graph.inputs.map((value) => [value.name, b.input(value.name, value.dtype, value.shape)]),
  );
  const copies = new Map<string, Value>();

  const inPrecision = (old: Value, wanted: DataType): Value => {
    const value = values.get(old.name) ?? constantOf(old, wanted);
    if (old.dtype !== 'float32' || value.dtype === wanted) return value;
    const key = `${old.name}:${wanted}`;
    const copy = copies.get(key) ?? b.within(wanted, () => b.cast(value, wanted));
    copies.set(key, copy);
    return copy;
  };
  const constantOf = ({ name }: Value, wanted: DataType): Value => {
    const tensor = constants.get(name);
    if (!tensor) throw new GraphError(`internal: '${name}' is used before it is made`);
    const value = b.constant(tensor.dtype === 'float32' && wanted === 'float16' ? halves(tensor, name) : tensor, name);
    values.set(name, value);
    return value;
  };

  for (const node of graph.nodes) {
    const precision = keeps(node) ? 'float32' : 'float16';
    // The graph's output takes the name for its float32 copy.
    const named = node.outputs.map((value) =>
      value && value.dtype === 'float32' && precision === 'float16' && outputs.has(value.name)
        ? { ...value, name: `${value.name}.float16` }
        : value,
    );
    const made = b.copy({ ...node, outputs: named }, (value) => inPrecision(value, precision));
    node.outputs.forEach((old, i) => {
      const value = made[i];
      if (old && value) values.set(old.name, value);
    });
  }
  for (const output of graph.outputs) b.output(output.name, inPrecision(output, output.dtype));
  return b.finish();
}

function halves({ shape, data }: TensorOf<'float32'>, name: string): Tensor {
  const bits = Uint16Array.from(data, toHalf);
  const beyond = data.findIndex((value, i) => Number.isFinite(value) && !Number.isFinite(fromHalf(bits[i] ?? 0)));
  if (beyond >= 0)
    throw new GraphError(`'${name}' holds ${data[beyond]}, which float16 (up to 65,504) cannot; export another format`);
  return { dtype: 'float16', shape, data: bits };
}
