/**
 * The protobuf boundary: graphs to the bytes of an ONNX file and back. Nothing else speaks protobuf. The schema is
 * onnx.proto; onnx-schema.json is the same for protobufjs, so that nothing is read or parsed at run time.
 */
import protobuf from 'protobufjs/light.js';
import type { Graph } from './graph.ts';
import { Fields } from './onnx-fields.ts';
import { type Model, readInitializers, readModel } from './onnx-read.ts';
import schema from './onnx-schema.json' with { type: 'json' };
import { type Carried, type ModelOptions, writeModel, writeScan } from './onnx-write.ts';
import { GraphError, type Initializer } from './types.ts';
import { validate } from './validate.ts';

const modelProto = protobuf.Root.fromJSON(schema).lookupType('onnx.ModelProto');

/**
 * The bytes of an ONNX file that holds the graph. The same graph and options give the same bytes. Every value's type
 * is in the file, a symbolic dimension as its name. Float attributes are rounded to float32, as ONNX has them.
 * Throws GraphError where the graph is not valid.
 */
export function serializeModel(graph: Graph, options: ModelOptions = {}): Uint8Array {
  return modelProto.encode(writeModel(validate(graph), options)).finish();
}

/**
 * The bytes of an ONNX file that runs the graph again and again, as `writeScan` says; the rest is as for `serializeModel`.
 */
export function serializeScan(body: Graph, carried: readonly Carried[], options: ModelOptions = {}): Uint8Array {
  return modelProto.encode(writeScan(validate(body), carried, options)).finish();
}

/**
 * The graph in an ONNX file, validated. Operators must be in the operator table and tensors inside the file
 * (raw_data). Float attributes come back as the shortest decimal of their float32 value (1e-5, not
 * 9.999999747378752e-6). Throws GraphError with the place in the file, and nothing else, whatever the bytes are;
 * `what` names them in the message (a path).
 */
export function deserializeModel(bytes: Uint8Array, what = 'ONNX bytes'): Model {
  return decoded(bytes, what, readModel);
}

/**
 * The constants of an ONNX file, in its order. Unlike for `deserializeModel`, the operators may be any. Throws GraphError
 * as that does.
 */
export function deserializeInitializers(bytes: Uint8Array, what = 'ONNX bytes'): readonly Initializer[] {
  return decoded(bytes, what, readInitializers);
}

function decoded<T>(bytes: Uint8Array, what: string, read: (model: Fields) => T): T {
  try {
    const message: unknown = modelProto.toObject(modelProto.decode(bytes), { longs: BigInt });
    return read(new Fields(message, `${what}: model`));
  } catch (cause) {
    if (cause instanceof GraphError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GraphError(`${what}: not an ONNX model, or a damaged one (${reason})`, { cause });
  }
}

export type { Carried, Model, ModelOptions };
