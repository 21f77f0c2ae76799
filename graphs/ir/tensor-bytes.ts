/** Tensors as plain bytes, little-endian, as every platform that ONNX Runtime's Node binding runs on keeps them. */
import { type DataType, elementCount, emptyArray, formatType, GraphError, type Tensor } from './types.ts';

/** The elements of a tensor as bytes: a view, not a copy. */
export function tensorBytes({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * A tensor from little-endian bytes, which are copied. Throws GraphError, before anything is allocated, where their
 * number is not what the type asks for; `what` names the tensor in the message.
 */
export function tensorFromBytes(dtype: DataType, shape: readonly number[], bytes: Uint8Array, what: string): Tensor {
  const expected = elementCount(shape) * emptyArray(dtype, 0).BYTES_PER_ELEMENT;
  if (bytes.byteLength !== expected)
    throw new GraphError(`${what}: ${formatType({ dtype, shape })} takes ${expected} bytes, got ${bytes.byteLength}`);
  const buffer = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(buffer).set(bytes);
  switch (dtype) {
    case 'float32':
      return { dtype, shape, data: new Float32Array(buffer) };
    case 'float64':
      return { dtype, shape, data: new Float64Array(buffer) };
    case 'float16':
      return { dtype, shape, data: new Uint16Array(buffer) };
    case 'int64':
      return { dtype, shape, data: new BigInt64Array(buffer) };
    case 'int32':
      return { dtype, shape, data: new Int32Array(buffer) };
    case 'int8':
      return { dtype, shape, data: new Int8Array(buffer) };
    case 'uint8':
    case 'bool':
      return { dtype, shape, data: new Uint8Array(buffer) };
  }
}
