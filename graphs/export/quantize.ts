/**
 * Static quantization in QDQ form (Jacob et al., 2018): each operand of a heavy operator passes through QuantizeLinear
 * and DequantizeLinear, and runtimes replace the pattern by arithmetic on whole numbers. Weights are int8, symmetric, one
 * scale for each output channel; activations uint8 with a zero point; biases int32 with scale = data scale x weight scale.
 */
import type { GraphBuilder } from '../ir/builder.ts';
import { type Graph, type Node, producers } from '../ir/graph.ts';
import type { OperandsOf } from '../ir/ops/index.ts';
import { GraphRewriter } from '../ir/rewrite.ts';
import { elementCount, float32, GraphError, type Tensor, type TensorOf, type Value } from '../ir/types.ts';
import { floatConstants, operand } from './constants.ts';

/** The smallest and largest number that a value shall be able to hold. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/**
 * Weights reach from -64 to 64, one bit less than int8 has: processors without VNNI add pairs of uint8 x int8 products
 * in int16 (vpmaddubsw), and 2 x 255 x 127 overflows there, 2 x 255 x 64 does not. Measured on such a processor with Model 1:
 * mean squared difference of logits 0.014 with 127 and 0.0005 with 64; where nothing overflows 0.0002 and 0.0005.
 */
const largestWeight = 64;

const weighted = new Set<Node['op']>(['Conv', 'Gemm']);
/** Operators that only pick or move elements: their result has the scale of their data, which lets runtimes drop the pair. */
const moving = new Set<Node['op']>(['MaxPool', 'Flatten', 'Reshape']);
const quantizable = new Set<Node['op']>([...weighted, ...moving, 'GlobalAveragePool']);

/** Whether a node's data shall be whole numbers: images or rows of them. Those of tokens and of parameters gain nothing. */
function isQuantized(node: Node, constants: { has(name: string): boolean }): boolean {
  const data = operand(node, 0);
  const onImages = node.op !== 'Reshape' || node.outputs[0]?.shape.length !== 3;
  return quantizable.has(node.op) && !constants.has(data.name) && data.shape.length !== 3 && onImages;
}

/** Whether a value that the node makes has the scale of its data. */
function isMoved(node: Node, constants: { has(name: string): boolean }): boolean {
  return moving.has(node.op) && isQuantized(node, constants);
}

/** The values whose ranges `quantize` needs, in the order of the graph: the data of each quantizable operator. */
export function valuesToCalibrate(graph: Graph): readonly Value[] {
  const makers = producers(graph.nodes);
  const constants = new Map(graph.initializers.map(({ value }) => [value.name, value]));
  const found = new Map<string, Value>();
  for (const node of graph.nodes) {
    if (!isQuantized(node, constants)) continue;
    const data = operand(node, 0);
    const maker = makers.get(data.name);
    if (!maker || !isMoved(maker, constants)) found.set(data.name, data);
  }
  return [...found.values()];
}

interface Parameters {
  readonly scale: Value;
  readonly zeroPoint: Value;
  /** The scale as it is stored. */
  readonly step: number;
}

/**
 * The graph with its convolutions and linear layers in QDQ form. Fold batch normalization first.
 *
 * @param ranges of the values that `valuesToCalibrate` names
 * @throws GraphError for a value without a range or with one that is not finite, and for weights that are no constants
 */
export function quantize(graph: Graph, ranges: ReadonlyMap<string, ValueRange>): Graph {
  return new Quantizer(graph, ranges).rewrite();
}

class Quantizer extends GraphRewriter {
  private readonly ranges: ReadonlyMap<string, ValueRange>;
  private readonly tensors: ReadonlyMap<string, Tensor>;
  private readonly constants: ReturnType<typeof floatConstants>;
  private readonly makers: ReadonlyMap<string, Node>;
  private readonly parameters = new Map<string, Parameters>();
  private readonly dequantized = new Map<string, Value>();

  constructor(graph: Graph, ranges: ReadonlyMap<string, ValueRange>) {
    super(graph);
    this.ranges = ranges;
    this.tensors = new Map(graph.initializers.map(({ value, tensor }) => [value.name, tensor]));
    this.constants = floatConstants(graph);
    this.makers = producers(graph.nodes);
  }

  /** Only constants that somebody still reads are made: the others are there as whole numbers. */
  override initializers(): void {}

  protected override late({ name }: Pick<Value, 'name'>): Value | null {
    const tensor = this.tensors.get(name);
    return tensor ? this.b.constant(tensor, name) : null;
  }

  protected override node(node: Node): readonly (Value | null)[] {
    const [data, weight = null, bias = null] = node.inputs;
    const substitutes = new Map<string, Value>();
    const quantized = isQuantized(node, this.tensors);
    if (data && quantized) substitutes.set(data.name, this.throughWhole(data));
    if (data && weight && quantized && weighted.has(node.op)) {
      const whole = quantizedWeight(this.b, node, weight, bias, this.constants, this.parametersOf(data).step);
      substitutes.set(weight.name, whole.weight);
      if (bias && whole.bias) substitutes.set(bias.name, whole.bias);
    }
    return this.b.copy(node, (value) => substitutes.get(value.name) ?? this.translate(value));
  }

  /** Scale and zero point of a value: its own, or those of the data that it was moved from. */
  private parametersOf(value: Value): Parameters {
    const maker = this.makers.get(value.name);
    const known =
      this.parameters.get(value.name) ??
      (maker && isMoved(maker, this.tensors)
        ? this.parametersOf(operand(maker, 0))
        : activation(this.b, value, this.ranges.get(value.name)));
    this.parameters.set(value.name, known);
    return known;
  }

  /** A value as it is after it has been a whole number. */
  private throughWhole(value: Value): Value {
    const { scale, zeroPoint } = this.parametersOf(value);
    const known =
      this.dequantized.get(value.name) ??
      this.b.within(value.name, () => {
        const whole = this.b.op('QuantizeLinear', [this.translate(value), scale, zeroPoint], {});
        return this.b.op('DequantizeLinear', [whole, scale, zeroPoint], {});
      });
    this.dequantized.set(value.name, known);
    return known;
  }
}

/** Scale and zero point of an activation: 0 is in the range and is held exactly, as padding needs it. */
function activation(b: GraphBuilder, { name }: Value, range: ValueRange | undefined): Parameters {
  const [min, max] = [Math.min(0, range?.min ?? Number.NaN), Math.max(0, range?.max ?? Number.NaN)];
  if (!Number.isFinite(max - min))
    throw new GraphError(`cannot quantize '${name}': it has no range, or none that is finite`);
  const step = Math.fround((max - min) / 255) || 1;
  const zero = Math.min(255, Math.max(0, Math.round(-min / step)));
  return {
    step,
    scale: b.constant(float32([step], []), `${name}_scale`),
    zeroPoint: b.constant({ dtype: 'uint8', shape: [], data: Uint8Array.of(zero) }, `${name}_zero_point`),
  };
}

/** Weight and bias as whole numbers behind a DequantizeLinear. */
function quantizedWeight(
  b: GraphBuilder,
  node: Node,
  weight: Value,
  bias: Value | null,
  constants: ReadonlyMap<string, TensorOf<'float32'>>,
  dataStep: number,
): { readonly weight: Value; readonly bias: Value | undefined } {
  const tensor = constants.get(weight.name);
  const offsets = bias ? constants.get(bias.name) : undefined;
  if (!tensor || (bias && !offsets))
    throw new GraphError(`cannot quantize ${node.name} (${node.op}): its weight and bias must be float32 constants`);
  const axis = node.op === 'Gemm' && !node.attributes.transB ? 1 : 0;
  const channels = tensor.shape[axis] ?? 1;
  const inner = elementCount(tensor.shape.slice(axis + 1));
  const channelOf = (index: number) => Math.floor(index / inner) % channels;

  const peaks = new Float64Array(channels);
  for (let i = 0; i < tensor.data.length; i++) {
    const channel = channelOf(i);
    peaks[channel] = Math.max(peaks[channel] ?? 0, Math.abs(tensor.data[i] ?? 0));
  }
  const steps = Float32Array.from(peaks, (peak, channel) => {
    // A bias must fit into int32 as well: with next to no weight beside it, it sets the scale.
    const least = Math.abs(offsets?.data[channel] ?? 0) / (dataStep * 2 ** 30);
    return Math.max(peak / largestWeight, least) || 1;
  });
  const whole = new Int8Array(tensor.data.length);
  for (let i = 0; i < whole.length; i++) {
    const value = Math.round((tensor.data[i] ?? 0) / (steps[channelOf(i)] ?? 1));
    whole[i] = Math.max(-largestWeight, Math.min(largestWeight, value));
  }
  const wholeBias =
    offsets &&
    Int32Array.from(offsets.data, (value, channel) => Math.round(value / (dataStep * (steps[channel] ?? 1))));
  const biasSteps = steps.map((step) => step * dataStep);
  const zeros = new Int8Array(channels);

  const dequantize = (name: string, inputs: OperandsOf<'DequantizeLinear'>, along: number) =>
    b.within(name, () => b.op('DequantizeLinear', inputs, { axis: along }));
  return {
    weight: dequantize(
      weight.name,
      [
        b.constant({ dtype: 'int8', shape: tensor.shape, data: whole }, `${weight.name}_quantized`),
        b.constant({ dtype: 'float32', shape: [channels], data: steps }, `${weight.name}_scale`),
        b.constant({ dtype: 'int8', shape: [channels], data: zeros }, `${weight.name}_zero_point`),
      ],
      axis,
    ),
    bias:
      bias && wholeBias
        ? dequantize(
            bias.name,
            [
              b.constant({ dtype: 'int32', shape: [channels], data: wholeBias }, `${bias.name}_quantized`),
              b.constant({ dtype: 'float32', shape: [channels], data: biasSteps }, `${bias.name}_scale`),
            ],
            0,
          )
        : undefined,
  };
}
