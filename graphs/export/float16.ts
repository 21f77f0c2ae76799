/** Half precision: IEEE 754 binary16, one sign bit, five of exponent, ten of fraction. */
import { GraphBuilder } from '../ir/builder.ts';
import type { Graph, Node } from '../ir/graph.ts';
import { type DataType, GraphError, type Tensor, type TensorOf, type Value } from '../ir/types.ts';

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);
const [infinity, notANumber] = [0x7c00, 0x7e00];

/** The bits of the half nearest to a float32, ties to even; infinities from 65,520 on. */
export function toHalf(number: number): number {
  single[0] = number;
  const bits = singleBits[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fff_ffff;
  if (size > 0x7f80_0000) return notANumber;
  // 2¹⁶ and more, exponent 127 + 16.
  if (size >= 0x4780_0000) return sign | infinity;
  // Below 2⁻¹⁴ halves count in steps of 2⁻²⁴: adding ½ puts float32's last bit (2⁻²⁴ from ½ to 1) there, so that it rounds.
  if (size < 0x3880_0000) {
    single[0] = Math.abs(number) + 0.5;
    return sign | ((singleBits[0] ?? 0) - 0x3f00_0000);
  }
  // Rebias the exponent from 127 to 15 and round the 13 bits that go; a carry moves on into the exponent, up to infinity.
  const odd = (size >>> 13) & 1;
  return sign | ((size - 0x3800_0000 + 0xfff + odd) >>> 13);
}

/** The number that the bits of a half stand for. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
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
  const bits = new Uint16Array(data.length);
  for (let i = 0; i < bits.length; i++) {
    const value = data[i] ?? 0;
    const half = toHalf(value);
    if ((half & infinity) === infinity && Number.isFinite(value))
      throw new GraphError(`'${name}' holds ${value}, which float16 (up to 65,504) cannot; export another format`);
    bits[i] = half;
  }
  return { dtype: 'float16', shape, data: bits };
}
