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
}

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

/** Conv as Conv2D: the kernel goes from OIHW to HWIO. */
export function conv2d(node: NodeOf<'Conv'>, name: string, constants: Constants): LayerBody {
  const { kernel_shape, strides = [1, 1], dilations = [1, 1], group = 1 } = node.attributes;
  if (kernel_shape.length !== 2 || group !== 1) throw unsupported(node, 'only plain two-dimensional ones have');
  const kernel = permuted(constantOf(node, 1, constants), [2, 3, 1, 0]);
  const bias = node.inputs[2] ? constantOf(node, 2, constants) : undefined;
  return {
    kind: 'Conv2D',
    config: {
      filters: kernel.shape[3] ?? 0,
      kernel_size: kernel_shape,
      strides,
      padding: paddingOf(node),
      data_format: 'channels_last',
      dilation_rate: dilations,
      use_bias: bias !== undefined,
      ...linear,
    },
    weights: [{ name: `${name}/kernel`, tensor: kernel }, ...(bias ? [{ name: `${name}/bias`, tensor: bias }] : [])],
  };
}

/** Keras knows padding as 'valid' (none) and 'same' (as many zeros as keep the size). */
function paddingOf(node: NodeOf<'Conv'> | NodeOf<'MaxPool'>): 'valid' | 'same' {
  const { kernel_shape, pads = [], strides = [] } = node.attributes;
  if (pads.every((size) => size === 0)) return 'valid';
  const dilated = 'dilations' in node.attributes && node.attributes.dilations?.some((step) => step !== 1) === true;
  const keeps = [...kernel_shape, ...kernel_shape].every((size, i) => size % 2 === 1 && pads[i] === (size - 1) / 2);
  if (keeps && !dilated && strides.every((step) => step === 1)) return 'same';
  throw unsupported(node, `padding [${pads.join(',')}] is neither 'valid' nor 'same'`);
}

/** MaxPool as MaxPooling2D, whose padding must be 'valid' or 'same'. */
export function maxPooling2d(node: NodeOf<'MaxPool'>): LayerBody {
  const { kernel_shape, strides = [1, 1] } = node.attributes;
  if (kernel_shape.length !== 2) throw unsupported(node, 'only two-dimensional ones have');
  return {
    kind: 'MaxPooling2D',
    config: { pool_size: kernel_shape, strides, padding: paddingOf(node), data_format: 'channels_last' },
    weights: [],
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
