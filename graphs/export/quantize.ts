/**
 * Static quantization in QDQ form (Jacob et al., 2018): each operand of a heavy operator passes through QuantizeLinear
 * and DequantizeLinear, and runtimes replace the pattern by arithmetic on whole numbers. Weights are int8, symmetric, one
 * scale for each output channel; activations uint8 with a zero point; biases int32 with scale = data scale x weight scale.
 * The matrices that tokens are multiplied by are int8, too, and nothing else of such a product: it is computed in float32.
 */
import type { GraphBuilder } from '../ir/builder.ts';
import { type Graph, type Node, producers } from '../ir/graph.ts';
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
  private readonly tokenMatrices: ReadonlyMap<Node, Matrix>;
  private readonly parameters = new Map<string, Parameters>();
  private readonly dequantized = new Map<string, Value>();
  private readonly uses = new Map<string, number>();

  constructor(graph: Graph, ranges: ReadonlyMap<string, ValueRange>) {
    super(graph);
    this.ranges = ranges;
    this.tensors = new Map(graph.initializers.map(({ value, tensor }) => [value.name, tensor]));
    this.constants = floatConstants(graph);
    this.makers = producers(graph.nodes);
    this.tokenMatrices = matricesOfTokens(graph, this.constants);
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
    const matrix = this.tokenMatrices.get(node);
    if (matrix) substitutes.set(matrix.value.name, this.storedWhole(matrix));
    const quantized = isQuantized(node, this.tensors);
    if (data && quantized) substitutes.set(data.name, this.throughWhole(data));
    if (data && weight && quantized && weighted.has(node.op)) {
      const names = { weight: this.nameOf(weight), bias: bias && this.nameOf(bias) };
      const { step } = this.parametersOf(data);
      const whole = quantizedWeight(this.b, node, { weight, bias }, names, this.constants, step);
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

  /** What a weight is called as whole numbers: a layer that is used again has scales of its own there. */
  private nameOf({ name }: Value): string {
    const use = (this.uses.get(name) ?? 0) + 1;
    this.uses.set(name, use);
    return use === 1 ? name : `${name}_${use}`;
  }

  /** A matrix that is stored as whole numbers and computed with as real ones. */
  private storedWhole({ value, axis }: Matrix): Value {
    const { name } = value;
    const tensor = this.constants.get(name);
    if (!tensor) throw new GraphError(`internal: '${name}' is no float32 constant`);
    const known =
      this.dequantized.get(name) ?? dequantized(this.b, this.nameOf(value), wholeNumbers(tensor, axis, 127), axis);
    this.dequantized.set(name, known);
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
  { weight, bias }: { readonly weight: Value; readonly bias: Value | null },
  names: { readonly weight: string; readonly bias: string | null },
  constants: ReadonlyMap<string, TensorOf<'float32'>>,
  dataStep: number,
): { readonly weight: Value; readonly bias: Value | undefined } {
  const tensor = constants.get(weight.name);
  const offsets = bias ? constants.get(bias.name) : undefined;
  if (!tensor || (bias && !offsets))
    throw new GraphError(`cannot quantize ${node.name} (${node.op}): its weight and bias must be float32 constants`);
  const axis = node.op === 'Gemm' && !node.attributes.transB ? 1 : 0;
  // A bias must fit into int32 as well: with next to no weight beside it, it sets the scale.
  const least = offsets?.data.map((offset) => Math.abs(offset) / (dataStep * 2 ** 30));
  const whole = wholeNumbers(tensor, axis, largestWeight, least);
  const { steps } = whole;
  const channels = steps.length;
  const wholeBias =
    offsets &&
    Int32Array.from(offsets.data, (value, channel) => Math.round(value / (dataStep * (steps[channel] ?? 1))));
  const biasSteps = steps.map((step) => step * dataStep);
  return {
    weight: dequantized(b, names.weight, whole, axis),
    bias:
      names.bias !== null && wholeBias
        ? dequantized(
            b,
            names.bias,
            { whole: { dtype: 'int32', shape: [channels], data: wholeBias }, steps: biasSteps },
            0,
          )
        : undefined,
  };
}

/** A tensor as whole numbers, with a scale for each slice along one axis. */
interface WholeNumbers {
  readonly whole: TensorOf<'int8' | 'int32'>;
  readonly steps: Float32Array;
}

/** The numbers of a tensor, from -largest to largest in each slice along `axis`; `least` bounds the scales from below. */
function wholeNumbers(
  { shape, data }: TensorOf<'float32'>,
  axis: number,
  largest: number,
  least?: Float32Array,
): WholeNumbers {
  const channels = shape[axis] ?? 1;
  const inner = elementCount(shape.slice(axis + 1));
  const channelOf = (index: number) => Math.floor(index / inner) % channels;
  const peaks = new Float64Array(channels);
  for (let i = 0; i < data.length; i++) {
    const channel = channelOf(i);
    peaks[channel] = Math.max(peaks[channel] ?? 0, Math.abs(data[i] ?? 0));
  }
  const steps = Float32Array.from(peaks, (peak, channel) => Math.max(peak / largest, least?.[channel] ?? 0) || 1);
  const whole = new Int8Array(data.length);
  for (let i = 0; i < whole.length; i++) {
    const value = Math.round((data[i] ?? 0) / (steps[channelOf(i)] ?? 1));
    whole[i] = Math.max(-largest, Math.min(largest, value));
  }
  return { whole: { dtype: 'int8', shape, data: whole }, steps };
}

/** Whole numbers as the real ones that they stand for. */
function dequantized(b: GraphBuilder, name: string, { whole, steps }: WholeNumbers, axis: number): Value {
  const shape = [steps.length];
  const numbers = b.constant(whole, `${name}_quantized`);
  const scale = b.constant({ dtype: 'float32', shape, data: steps }, `${name}_scale`);
  // Whole numbers of 32 bits have no zero point.
  const zeroPoint =
    whole.dtype === 'int8'
      ? b.constant({ dtype: 'int8', shape, data: new Int8Array(steps.length) }, `${name}_zero_point`)
      : null;
  return b.within(name, () => b.op('DequantizeLinear', [numbers, scale, zeroPoint], { axis }));
}

/** A matrix that a node reads, with the axis along which it has a scale each: that of the product's outputs. */
interface Matrix {
  readonly value: Value;
  readonly axis: number;
}

/** The matrices that tokens are multiplied by, by the node that reads them: the product, or what takes rows or turns them for it. */
function matricesOfTokens(graph: Graph, constants: { has(name: string): boolean }): ReadonlyMap<Node, Matrix> {
  const makers = producers(graph.nodes);
  const found = new Map<Node, Matrix>();
  for (const product of graph.nodes) {
    if (product.op !== 'MatMul') continue;
    let reader: Node = product;
    let value = operand(product, 1);
    let axis = 1;
    for (let maker = makers.get(value.name); maker; maker = makers.get(value.name)) {
      if (maker.op !== 'Slice' && maker.op !== 'Transpose') break;
      reader = maker;
      value = operand(maker, 0);
      if (maker.op === 'Transpose') axis = 1 - axis;
    }
    if (constants.has(value.name) && value.shape.length === 2) found.set(reader, { value, axis });
  }
  return found;
}
