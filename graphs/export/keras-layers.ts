/** One ONNX operator as one Keras layer. ONNX keeps images as [N,C,H,W], Keras as [N,H,W,C] (channels_last). */
import { type Node, type NodeOf, scopeOf } from '../ir/graph.ts';
import { elementCount, GraphError, type TensorOf } from '../ir/types.ts';
import { operand } from './constants.ts';
import type { Json, KerasWeight } from './keras-types.ts';

/** A layer before it is wired. */
export interface LayerBody {
  readonly kind: string;
  readonly config: { readonly [key: string]: Json };
  readonly weights: readonly KerasWeight[];
  /** Zeros that a layer of its own puts around the data first: rows above and below, columns left and right. */
  readonly zeros?: ZeroPadding;
}

type ZeroPadding = readonly [rows: readonly [number, number], columns: readonly [number, number]];

/** The float32 constants of a graph, by name. */
export type Constants = ReadonlyMap<string, TensorOf<'float32'>>;

/** The error for a node that has no counterpart; it names the layer. */
export function unsupported(node: Node, why: string): GraphError {
  return new GraphError(
    `layer '${scopeOf(node) || node.name}': ${node.op} has no counterpart in a Keras layers model: ${why}. Export another format.`,
  );
}

function constantOf(node: Node, index: number, constants: Constants): TensorOf<'float32'> {
  const tensor = constants.get(operand(node, index).name);
  if (!tensor) throw unsupported(node, `input ${index} is no float32 constant`);
  return tensor;
}

const linear = { activation: 'linear' } as const;

/** Conv as Conv2D, the kernel from OIHW to HWIO; with a group for each channel as DepthwiseConv2D. */
export function conv2d(node: NodeOf<'Conv'>, name: string, constants: Constants): LayerBody {
  const { kernel_shape, strides = [1, 1], dilations = [1, 1], group = 1 } = node.attributes;
  const weight = constantOf(node, 1, constants);
  const depthwise = group > 1 && weight.shape[1] === 1;
  if (kernel_shape.length !== 2 || (group !== 1 && !depthwise))
    throw unsupported(node, 'only two-dimensional ones have, of one group or a group for each channel');
  if (dilations.some((step) => step !== 1) && strides.some((step) => step !== 1))
    throw unsupported(node, 'none has stride and dilation at once');
  const bias = node.inputs[2] ? constantOf(node, 2, constants) : undefined;
  const outputs = weight.shape[0] ?? 0;
  const { padding, zeros } = paddingOf(node);
  const common = {
    kernel_size: kernel_shape,
    strides,
    padding,
    data_format: 'channels_last',
    dilation_rate: dilations,
    use_bias: bias !== undefined,
    ...linear,
  };
  // [C·multiplier,1,kh,kw] as [kh,kw,C,multiplier].
  const split = { ...weight, shape: [group, outputs / group, ...kernel_shape] };
  const kernel = depthwise ? permuted(split, [2, 3, 0, 1]) : permuted(weight, [2, 3, 1, 0]);
  return {
    kind: depthwise ? 'DepthwiseConv2D' : 'Conv2D',
    config: depthwise ? { depth_multiplier: outputs / group, ...common } : { filters: outputs, ...common },
    weights: [
      { name: `${name}/${depthwise ? 'depthwise_kernel' : 'kernel'}`, tensor: kernel },
      ...(bias ? [{ name: `${name}/bias`, tensor: bias }] : []),
    ],
    ...(zeros ? { zeros } : {}),
  };
}

/** Keras knows padding as 'valid' (none) and 'same' (as many zeros as keep the size); any other is a layer of zeros before. */
function paddingOf(node: NodeOf<'Conv'> | NodeOf<'MaxPool'> | NodeOf<'AveragePool'>): {
  readonly padding: 'valid' | 'same';
  readonly zeros?: ZeroPadding;
} {
  const { kernel_shape, pads = [], strides = [] } = node.attributes;
  if (pads.every((size) => size === 0)) return { padding: 'valid' };
  const dilated = 'dilations' in node.attributes && node.attributes.dilations?.some((step) => step !== 1) === true;
  const keeps = [...kernel_shape, ...kernel_shape].every((size, i) => size % 2 === 1 && pads[i] === (size - 1) / 2);
  // 'same' leaves padding out of an average's divisor.
  if (keeps && !dilated && strides.every((step) => step === 1) && node.op !== 'AveragePool') return { padding: 'same' };
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  return {
    padding: 'valid',
    zeros: [
      [top, bottom],
      [left, right],
    ],
  };
}

/**
 * MaxPool as MaxPooling2D and AveragePool as AveragePooling2D.
 *
 * @param positive whether the data are never below 0: only then zeros around them are no maxima
 */
export function pooling2d(node: NodeOf<'MaxPool'> | NodeOf<'AveragePool'>, positive: boolean): LayerBody {
  const { kernel_shape, strides = [1, 1] } = node.attributes;
  if (kernel_shape.length !== 2) throw unsupported(node, 'only two-dimensional ones have');
  const { padding, zeros } = paddingOf(node);
  if (zeros && node.op === 'MaxPool' && !positive)
    throw unsupported(
      node,
      `padding [${node.attributes.pads?.join(',')}] of data that may be negative is neither 'valid' nor 'same'`,
    );
  return {
    kind: node.op === 'MaxPool' ? 'MaxPooling2D' : 'AveragePooling2D',
    config: { pool_size: kernel_shape, strides, padding, data_format: 'channels_last' },
    weights: [],
    ...(zeros ? { zeros } : {}),
  };
}

/** BatchNormalization in its inference form, all of its statistics as weights. */
export function batchNormalization(node: NodeOf<'BatchNormalization'>, name: string, constants: Constants): LayerBody {
  const names = ['gamma', 'beta', 'moving_mean', 'moving_variance'];
  return {
    kind: 'BatchNormalization',
    // The channel is the last axis of [N,H,W,C].
    config: { axis: 3, momentum: 0.9, epsilon: node.attributes.epsilon, center: true, scale: true },
    weights: names.map((part, i) => ({ name: `${name}/${part}`, tensor: constantOf(node, i + 1, constants) })),
  };
}

/**
 * y = x K + b with K [in,out]. `flattened` is the [C,H,W] that the data were before they were flattened: ONNX flattens
 * them in that order, Keras as [H,W,C], so K's rows change places.
 */
export function dense(
  node: NodeOf<'Gemm'>,
  name: string,
  constants: Constants,
  flattened: readonly number[] | undefined,
): LayerBody {
  const { transA = 0, transB = 0 } = node.attributes;
  if (transA !== 0) throw unsupported(node, 'the data are transposed');
  const weight = constantOf(node, 1, constants);
  const kernel = transB ? permuted(weight, [1, 0]) : weight;
  const [inputs = 0, outputs = 0] = kernel.shape;
  const [channels = 1, height = 1, width = 1] = flattened ?? [inputs];
  const rows = permuted({ ...kernel, shape: [channels, height, width, outputs] }, [1, 2, 0, 3]);
  const bias = node.inputs[2] ? constantOf(node, 2, constants) : undefined;
  return {
    kind: 'Dense',
    config: { units: outputs, use_bias: bias !== undefined, ...linear },
    weights: [
      { name: `${name}/kernel`, tensor: { ...rows, shape: [inputs, outputs] } },
      ...(bias ? [{ name: `${name}/bias`, tensor: bias }] : []),
    ],
  };
}

/** A layer without weights. */
export function plain(kind: string, config: { readonly [key: string]: Json } = {}): LayerBody {
  return { kind, config, weights: [] };
}

/** NumPy's transpose: axis i of the result is axis perm[i] of the tensor. */
export function permuted({ shape, data }: TensorOf<'float32'>, perm: readonly number[]): TensorOf<'float32'> {
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const sizes = perm.map((axis) => shape[axis] ?? 1);
  const steps = perm.map((axis) => strides[axis] ?? 0);
  const result = new Float32Array(data.length);
  const at = sizes.map(() => 0);
  let source = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = data[source] ?? 0;
    // Counts like an odometer, the last axis fastest.
    for (let axis = at.length - 1; axis >= 0; axis--) {
      const [size = 1, step = 0, position = 0] = [sizes[axis], steps[axis], at[axis]];
      source += step;
      if (position + 1 < size) {
        at[axis] = position + 1;
        break;
      }
      at[axis] = 0;
      source -= step * size;
    }
  }
  return { dtype: 'float32', shape: sizes, data: result };
}
