import { type DataType, formatType, type Tensor, zeros } from '../../graphs/ir/types.ts';
import { AtelierError } from '../errors.ts';
import { Tensor as OrtTensor } from './onnxruntime.ts';

/**
 * onnxruntime's view of a tensor. The elements are shared, not copied: a session that is given it as an output writes
 * into the very same array.
 */
export function toOrt(tensor: Tensor): OrtTensor {
  const { shape } = tensor;
  switch (tensor.dtype) {
    case 'float32':
      return new OrtTensor('float32', tensor.data, shape);
    case 'float64':
      return new OrtTensor('float64', tensor.data, shape);
    case 'float16':
      return new OrtTensor('float16', tensor.data, shape);
    case 'int64':
      return new OrtTensor('int64', tensor.data, shape);
    case 'int32':
      return new OrtTensor('int32', tensor.data, shape);
    case 'int8':
      return new OrtTensor('int8', tensor.data, shape);
    case 'uint8':
      return new OrtTensor('uint8', tensor.data, shape);
    case 'bool':
      return new OrtTensor('bool', tensor.data, shape);
  }
}

/** The inverse of `toOrt`, elements shared. Throws AtelierError for element types that no graph here has. */
export function fromOrt(tensor: OrtTensor, name: string): Tensor {
  const shape = tensor.dims;
  const { type, data } = tensor;
  if (type === 'float32' && data instanceof Float32Array) return { dtype: type, shape, data };
  if (type === 'float64' && data instanceof Float64Array) return { dtype: type, shape, data };
  if (type === 'float16' && data instanceof Uint16Array) return { dtype: type, shape, data };
  if (type === 'int64' && data instanceof BigInt64Array) return { dtype: type, shape, data };
  if (type === 'int32' && data instanceof Int32Array) return { dtype: type, shape, data };
  if (type === 'int8' && data instanceof Int8Array) return { dtype: type, shape, data };
  if (type === 'uint8' && data instanceof Uint8Array) return { dtype: type, shape, data };
  if (type === 'bool' && data instanceof Uint8Array) return { dtype: type, shape, data };
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
  if (target.dtype === 'float32' && source.dtype === 'float32' && fits(target, source)) target.data.set(source.data);
  else if (target.dtype === 'int64' && source.dtype === 'int64' && fits(target, source)) target.data.set(source.data);
  else throw new AtelierError(`${what}: expected ${formatType(target)}, found ${formatType(source)}`);
}

function fits(target: Tensor, source: Tensor): boolean {
  return target.shape.length === source.shape.length && target.shape.every((size, axis) => size === source.shape[axis]);
}

/** Element types that a run's state may have. */
export function isStateType(dtype: DataType): dtype is 'float32' | 'int64' {
  return dtype === 'float32' || dtype === 'int64';
}
