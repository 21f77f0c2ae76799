import { type DataType, formatType, sameShape, type Tensor, tensorAround, zeros } from '../../graphs/ir/types.ts';
import { AtelierError } from '../errors.ts';
import { Tensor as OrtTensor } from './onnxruntime.ts';

/**
 * onnxruntime's view of a tensor. The elements are shared, not copied: a session that is given it as an output writes
 * into the very same array.
 */
export function toOrt({ dtype, data, shape }: Tensor): OrtTensor {
  return new OrtTensor(dtype, data, shape);
}

/** The inverse of `toOrt`, elements shared. Throws AtelierError for element types that no graph here has. */
export function fromOrt({ type, data, dims }: OrtTensor, name: string): Tensor {
  const tensor = tensorAround(type, dims, data);
  if (tensor) return tensor;
  throw new AtelierError(`internal: output '${name}' has element type ${type}, which no graph here produces`);
}

/** A copy that shares nothing with the original. */
export function copyOf(tensor: Tensor): Tensor {
  const copy = zeros(tensor.dtype, tensor.shape);
  copyInto(copy, tensor, 'a copy');
  return copy;
}

/** Writes the elements of `source` over those of `target`. Throws AtelierError where their types or shapes differ. */
export function copyInto(target: Tensor, source: Tensor, what: string): void {
  const fits = sameShape(target.shape, source.shape);
  if (fits && target.dtype === 'float32' && source.dtype === 'float32') target.data.set(source.data);
  else if (fits && target.dtype === 'int64' && source.dtype === 'int64') target.data.set(source.data);
  else
    throw new AtelierError(`${what}: expected ${formatType(target)}, found ${formatType(source)}`, {
      code: 'weights-mismatch',
    });
}

/** Element types that a run's state may have. */
export function isStateType(dtype: DataType): dtype is 'float32' | 'int64' {
  return dtype === 'float32' || dtype === 'int64';
}
