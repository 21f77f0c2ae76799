import { extname } from 'node:path';
import { fromHalf } from '../../graphs/ir/half.ts';
import { deserializeInitializers } from '../../graphs/ir/serialize.ts';
import { GraphError, type Tensor, type TensorOf } from '../../graphs/ir/types.ts';
import { AtelierError, UsageError } from '../errors.ts';
import { checkFinite } from '../files/finite-tensors.ts';
import { byteLimits, readRegular } from '../files/regular.ts';
import { readSafetensors } from '../files/safetensors.ts';
import { said, setting } from '../message.ts';
import type { TensorMap } from './initialize.ts';

/** What a file of weights holds. */
export interface Weights {
  /** By name. Real numbers are float32, whatever the file has; whole numbers are as they are. */
  readonly tensors: TensorMap;
  /** How many tensors of which other types have become float32: bfloat16, float16, float64. */
  readonly converted: ReadonlyMap<string, number>;
}

/**
 * The weights in a safetensors file, or the constants in an ONNX file. Optimizer state of a checkpoint and the small
 * numbers that an ONNX graph calculates with are left out: they are no weights.
 *
 * @throws UsageError for another kind of file, AtelierError where it cannot be read, is cut short or damaged, or holds a
 *   number that float32 cannot
 */
export async function readWeights(path: string): Promise<Weights> {
  switch (extname(path).toLowerCase()) {
    case '.safetensors': {
      const { tensors, widened } = await readSafetensors(path);
      return asFloat32(new Map([...tensors].filter(([name]) => !name.startsWith('optimizer.'))), widened, path);
    }
    case '.onnx':
      return asFloat32(await onnxWeights(path), new Set(), path);
    default:
      throw new UsageError(said`${setting('initFrom')}: expected a .safetensors or .onnx file, got '${path}'`, {
        code: 'invalid-setting',
      });
  }
}

async function onnxWeights(path: string): Promise<TensorMap> {
  const bytes = await readRegular(path, byteLimits.tensors);
  try {
    const constants = deserializeInitializers(bytes, path).filter(
      ({ tensor }) => tensor.shape.length > 0 && tensor.dtype.startsWith('float'),
    );
    return new Map(constants.map(({ value, tensor }) => [value.name, tensor]));
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    throw new AtelierError(
      `cannot take weights from '${path}': ${error.message}. The file may have been cut short: take another copy, or export it again.`,
      { code: 'file-damaged', cause: error },
    );
  }
}

/** All real numbers as float32, and how many tensors were something else; `widened` are float32 already. */
function asFloat32(found: TensorMap, widened: ReadonlySet<string>, path: string): Weights {
  const converted = new Map<string, number>();
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of found) {
    const single = singles(tensor, `'${path}': tensor '${name}'`);
    tensors.set(name, single);
    const type = widened.has(name) ? 'bfloat16' : tensor.dtype;
    if (single !== tensor || widened.has(name)) converted.set(type, (converted.get(type) ?? 0) + 1);
  }
  checkFinite(tensors, path);
  return { tensors, converted };
}

/** The tensor itself, unless it holds halves or doubles. */
function singles(tensor: Tensor, what: string): Tensor {
  if (tensor.dtype === 'float16') return float32Of(tensor.shape, Float32Array.from(tensor.data, fromHalf));
  if (tensor.dtype !== 'float64') return tensor;
  const rounded = Float32Array.from(tensor.data);
  const at = rounded.findIndex((value, i) => Math.abs(value) === Number.POSITIVE_INFINITY && value !== tensor.data[i]);
  if (at < 0) return float32Of(tensor.shape, rounded);
  throw new AtelierError(
    `${what} holds ${tensor.data[at]} in float64, which float32 cannot: expected numbers of at most 3.4e38 in size. Save it as float32 where it can be mended.`,
    { code: 'weights-mismatch' },
  );
}

function float32Of(shape: readonly number[], data: Float32Array): TensorOf<'float32'> {
  return { dtype: 'float32', shape, data };
}
