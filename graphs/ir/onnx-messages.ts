/**
 * The messages of onnx.proto as plain data, with the fields' names of the ONNX standard. Aliases, not interfaces:
 * protobufjs takes any string-keyed object, and TypeScript grants interfaces no index signature.
 */
export type ModelMessage = {
  readonly ir_version: number;
  readonly producer_name: string;
  readonly doc_string?: string;
  readonly graph: GraphMessage;
  readonly opset_import: readonly { readonly domain: string; readonly version: number }[];
  readonly metadata_props: readonly { readonly key: string; readonly value: string }[];
};

export type GraphMessage = {
  readonly node: readonly NodeMessage[];
  readonly name: string;
  readonly initializer: readonly TensorMessage[];
  readonly input: readonly ValueInfoMessage[];
  readonly output: readonly ValueInfoMessage[];
  readonly value_info: readonly ValueInfoMessage[];
};

export type NodeMessage = {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name: string;
  readonly op_type: string;
  readonly domain: string;
  readonly attribute: readonly AttributeMessage[];
};

export type AttributeMessage =
  | { readonly name: string; readonly type: typeof attributeType.float; readonly f: number }
  | { readonly name: string; readonly type: typeof attributeType.int; readonly i: number }
  | { readonly name: string; readonly type: typeof attributeType.string; readonly s: Uint8Array }
  | { readonly name: string; readonly type: typeof attributeType.graph; readonly g: GraphMessage }
  | { readonly name: string; readonly type: typeof attributeType.ints; readonly ints: readonly number[] };

export type TensorMessage = {
  readonly dims: readonly number[];
  readonly data_type: number;
  readonly name: string;
  readonly raw_data: Uint8Array;
};

export type ValueInfoMessage = {
  readonly name: string;
  readonly type:
    | { readonly tensor_type: { readonly elem_type: number; readonly shape: ShapeMessage } }
    | { readonly sequence_type: { readonly elem_type: { readonly tensor_type: { readonly elem_type: number } } } };
};

export type ShapeMessage = {
  readonly dim: readonly ({ readonly dim_value: number } | { readonly dim_param: string })[];
};

/** AttributeProto.AttributeType of the kinds that the operator table knows. */
export const attributeType = { float: 1, int: 2, string: 3, graph: 5, ints: 7 } as const;
