/** Tensors as plain bytes, little-endian, as every platform that ONNX Runtime's Node binding runs on keeps them. */
import {
  bytesPerElement,
  type DataType,
  elementCount,
  formatType,
  GraphError,
  type Tensor,
  tensorOver,
} from './types.ts';

/** The elements of a tensor as bytes: a view, not a copy. */
export function tensorBytes({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * A tensor from little-endian bytes, which are copied. Throws GraphError, before anything is allocated, where their
 * number is not what the type asks for; `what` names the tensor in the message.
 */
export function tensorFromBytes(dtype: DataType, shape: readonly number[], bytes: Uint8Array, what: string): Tensor {
  const expected = elementCount(shape) * bytesPerElement(dtype);
  if (bytes.byteLength !== expected)
    throw new GraphError(`${what}: ${formatType({ dtype, shape })} takes ${expected} bytes, got ${bytes.byteLength}`);
  const buffer = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(buffer).set(bytes);
  return tensorOver(dtype, shape, buffer);
}
