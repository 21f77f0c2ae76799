import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import type { Graph } from '../../../graphs/ir/graph.ts';
import schema from '../../../graphs/ir/onnx-schema.json' with { type: 'json' };
import { deserializeModel, serializeModel, serializeScan } from '../../../graphs/ir/serialize.ts';
import { GraphError, type Tensor } from '../../../graphs/ir/types.ts';
import { smallNet, trainingGraph } from './fixtures.ts';

const ModelProto = protobuf.Root.fromJSON(schema).lookupType('onnx.ModelProto');

/** The file as protobufjs sees it, changed by `edit`: for files that serializeModel would not write. */
function edited(graph: Graph, edit: (json: string) => string): Uint8Array {
  const json = JSON.stringify(
    ModelProto.toObject(ModelProto.decode(serializeModel(graph)), { json: true, longs: String, bytes: String }),
  );
  const changed = edit(json);
  expect(changed, 'the edit changed nothing').not.toBe(json);
  return ModelProto.encode(ModelProto.fromObject(JSON.parse(changed))).finish();
}

function errorOf(body: () => unknown): Error {
  try {
    body();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}

describe('schema', () => {
  it('onnx-schema.json is onnx.proto', () => {
    const source = readFileSync(new URL('../../../graphs/ir/onnx.proto', import.meta.url), 'utf8');
    expect(protobuf.parse(source, { keepCase: true }).root.toJSON()).toEqual(schema);
  });
});

describe('round trip', () => {
  it.each([smallNet(), trainingGraph()])('gives $name back', (graph) => {
    const options = { opset: 18, metadata: { model: 'm1', seed: '42' } };
    const bytes = serializeModel(graph, options);
    expect(deserializeModel(bytes)).toEqual({ graph, ...options });
    expect(serializeModel(deserializeModel(bytes).graph, options)).toEqual(bytes);
  });

  it('keeps every bit of every element type', () => {
    const tensors: Tensor[] = [
      { dtype: 'float32', shape: [4], data: Float32Array.of(-0, Number.NaN, Number.POSITIVE_INFINITY, 1e-45) },
      { dtype: 'float64', shape: [2], data: Float64Array.of(Math.PI, -0) },
      { dtype: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0xffff) },
      { dtype: 'int64', shape: [2], data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n) },
      { dtype: 'int32', shape: [1, 1], data: Int32Array.of(-(2 ** 31)) },
      { dtype: 'int8', shape: [], data: Int8Array.of(-128) },
      { dtype: 'uint8', shape: [3], data: Uint8Array.of(0, 128, 255) },
      { dtype: 'bool', shape: [2], data: Uint8Array.of(0, 1) },
      { dtype: 'float32', shape: [0, 3], data: new Float32Array() },
      // A view that starts in the middle of its buffer.
      { dtype: 'float32', shape: [2], data: new Float32Array(4).fill(7).subarray(1, 3) },
    ];
    const b = new GraphBuilder('types');
    tensors.forEach((tensor, i) => {
      b.output(`y${i}`, b.constant(tensor, `c${i}`));
    });
    const back = deserializeModel(serializeModel(b.finish())).graph.initializers.map(({ tensor }) => tensor);
    expect(back).toEqual(tensors);
  });

  it('keeps whole numbers up to 2^53 - 1 in attributes, and refuses larger ones', () => {
    const reshaped = (size: number): Graph => {
      const b = new GraphBuilder('large');
      const x = b.input('x', 'float32', [2, 3]);
      b.output('y', b.op('ReduceMean', [x], { axes: [-1], keepdims: size }));
      return b.finish();
    };
    const graph = reshaped(2 ** 53 - 1);
    expect(deserializeModel(serializeModel(graph)).graph).toEqual(graph);
    expect(() => serializeModel(reshaped(2 ** 53))).toThrow(
      /ReduceMean.*attribute keepdims must be int, got 9007199254740992/,
    );
  });

  it.each([1e-5, 0.1, 0.9, 1e-8, 0, -0, 1 / 3])('reads a float attribute as it was typed: %d', (epsilon) => {
    const b = new GraphBuilder('float');
    const x = b.input('x', 'float32', [1, 1, 1, 1]);
    const c = b.input('c', 'float32', [1]);
    b.output('y', b.op('BatchNormalization', [x, c, c, c, c], { epsilon }));
    const [node] = deserializeModel(serializeModel(b.finish())).graph.nodes;
    const read = node?.op === 'BatchNormalization' ? node.attributes.epsilon : undefined;
    expect(read).toBe(epsilon === 1 / 3 ? 0.33333334 : epsilon);
  });

  it('does not depend on the order of attributes', () => {
    const graph = (attributes: { kernel_shape: number[]; strides: number[] }): Graph => {
      const b = new GraphBuilder('order');
      b.output('y', b.op('MaxPool', [b.input('x', 'float32', [1, 1, 4, 4])], attributes));
      return b.finish();
    };
    expect(serializeModel(graph({ strides: [2, 2], kernel_shape: [2, 2] }))).toEqual(
      serializeModel(graph({ kernel_shape: [2, 2], strides: [2, 2] })),
    );
  });
});

describe('what a file says', () => {
  const model = ModelProto.toObject(ModelProto.decode(serializeModel(trainingGraph(), { docString: 'why' })), {
    longs: Number,
  });
  const { graph } = model;

  it('names its versions, its maker and every domain that occurs', () => {
    expect(model).toMatchObject({
      ir_version: 8,
      producer_name: 'atelier',
      doc_string: 'why',
      opset_import: [
        { domain: '', version: 17 },
        { domain: 'ai.atelier', version: 1 },
        { domain: 'com.microsoft', version: 1 },
      ],
    });
  });

  it('describes every value, symbolic sizes by name', () => {
    const described = [...graph.input, ...graph.output, ...graph.value_info];
    const { inputs, nodes } = trainingGraph();
    const values = [...inputs, ...nodes.flatMap((node) => node.outputs.flatMap((value) => value ?? []))];
    expect(described.map(({ name }: { name: string }) => name).sort()).toEqual(values.map(({ name }) => name).sort());
    expect(graph.input[0]).toEqual({
      name: 'x',
      type: { tensor_type: { elem_type: 1, shape: { dim: [{ dim_param: 'batch' }, { dim_value: 4 }] } } },
    });
  });

  it('leaves the names of absent operands empty, and drops those at the end', () => {
    expect(graph.node.at(-1)).toMatchObject({ op_type: 'ConvGrad', output: ['', 'kernel_grad'] });
  });
});

describe('bad files', () => {
  const bytes = serializeModel(smallNet());

  it.each<[string, (json: string) => string, string]>([
    [
      'an unknown operator',
      (json) => json.replace('"op_type":"Relu","domain":""', '"op_type":"Gelu","domain":"com.microsoft"'),
      "net.onnx: model.graph.node[1] 'conv1/Relu': operator 'com.microsoft.Gelu' is not in Atelier's operator table",
    ],
    [
      'a known operator of another domain',
      (json) => json.replace('"op_type":"Relu","domain":""', '"op_type":"Relu","domain":"com.acme"'),
      "operator 'com.acme.Relu' is not in",
    ],
    [
      'an attribute kind that is none of ours',
      (json) => json.replace('"ints":["3","3"],"type":7', '"type":5'),
      "net.onnx: model.graph.node[0] 'conv1/Conv'.attribute[0] 'kernel_shape': type 5 is not one of",
    ],
    [
      'an attribute of the wrong kind',
      (json) => json.replace('"ints":["3","3"],"type":7', '"i":"3","type":2'),
      "model.graph.node[0] 'conv1/Conv': conv1/Conv (Conv): attribute kernel_shape must be ints, got 3",
    ],
    [
      'an unknown input',
      (json) => json.replace('"input":["images"', '"input":["pictures"'),
      "model.graph.node[0] 'conv1/Conv': takes 'pictures', which is no input",
    ],
    [
      'an element type that is none of ours',
      (json) => json.replace('"elem_type":1', '"elem_type":8'),
      "model.graph.input[0] 'images'.type.tensor_type: elem_type 8 is no element type",
    ],
    [
      'a negative size',
      (json) => json.replace('{"dim_value":"6"}', '{"dim_value":"-6"}'),
      "model.graph.input[0] 'images'.type.tensor_type.shape.dim[2]: a size of 0 or more",
    ],
    [
      'a size beyond 2^53',
      (json) => json.replace('{"dim_value":"6"}', '{"dim_value":"9007199254740993"}'),
      'dim_value is 9007199254740993, beyond what JavaScript holds exactly',
    ],
    [
      'a tensor that is larger than its bytes',
      (json) => json.replace('"dims":["4","1","3","3"]', '"dims":["4","100000000000","3","3"]'),
      "model.graph.initializer[0] 'conv1.weight'.raw_data: float32[4,100000000000,3,3] takes 14400000000000 bytes, got 144",
    ],
    [
      'a shape that its rule does not give',
      (json) => json.replaceAll('{"dim_value":"16"}', '{"dim_value":"17"}'),
      "model.graph: graph 'small': fc/Reshape",
    ],
    ['no graph', () => '{"ir_version":"8"}', 'net.onnx: model.graph is missing'],
    ['no opset', (json) => json.replace('{"domain":"","version":"17"}', ''), 'opset_import says no version'],
  ])('names %s and its place', (_, edit, message) => {
    const error = errorOf(() => deserializeModel(edited(smallNet(), edit), 'net.onnx'));
    expect(error).toBeInstanceOf(GraphError);
    expect(error.message).toContain(message);
  });

  it('keeps the cause', () => {
    expect(errorOf(() => deserializeModel(bytes.subarray(0, 40), 'net.onnx'))).toMatchObject({
      message: expect.stringContaining('net.onnx: not an ONNX model, or a damaged one'),
      cause: expect.any(RangeError),
    });
  });

  it('infers types that a file leaves out', () => {
    const bare = edited(smallNet(), (json) =>
      JSON.stringify(JSON.parse(json), (key, value) => (key === 'value_info' ? undefined : value)),
    );
    expect(deserializeModel(bare).graph).toEqual(smallNet());
  });

  const survives = (candidate: Uint8Array) => {
    try {
      deserializeModel(candidate);
    } catch (error) {
      expect(error).toBeInstanceOf(GraphError);
    }
  };

  it('survives truncation at every byte', () => {
    for (let length = 0; length < bytes.length; length++) survives(bytes.subarray(0, length));
  });

  it('survives random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), survives), { numRuns: 2000 });
  });

  it('survives changed bytes', () => {
    const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(flips, (changes) => {
        const copy = Uint8Array.from(bytes);
        for (const [at, mask] of changes) copy[at] = (copy[at] ?? 0) ^ mask;
        survives(copy);
      }),
      { numRuns: 3000 },
    );
  });
});

it('refuses to write a graph that is not valid', () => {
  const graph = smallNet();
  expect(() => serializeModel({ ...graph, nodes: graph.nodes.toReversed() })).toThrow(GraphError);
});

describe('serializeScan', () => {
  /** w + x, and w itself as it was. */
  const body = () => {
    const b = new GraphBuilder('turn');
    const [w, x] = [b.input('w', 'float32', [2]), b.input('x', 'float32', [2])];
    b.output('seen', b.sum(w));
    b.output('w.next', b.add(w, x));
    return b.finish();
  };

  it('carries what is named, first, and stacks all else along a first axis', () => {
    const bytes = serializeScan(body(), [{ input: 'w', output: 'w.next' }]);
    const { graph } = ModelProto.toObject(ModelProto.decode(bytes), { json: true, longs: Number });
    const shapes = (values: readonly { name: string; type: { tensor_type: { shape: { dim: unknown } } } }[]) =>
      values.map(({ name, type }) => [name, type.tensor_type.shape.dim]);
    const steps = { dim_param: 'steps' };
    expect(shapes(graph.input)).toEqual([
      ['w', [{ dim_value: 2 }]],
      ['x', [steps, { dim_value: 2 }]],
    ]);
    expect(shapes(graph.output)).toEqual([
      ['w.next', [{ dim_value: 2 }]],
      ['seen', [steps]],
    ]);
    const [{ attribute, op_type }] = graph.node;
    expect(op_type).toBe('Scan');
    expect(attribute.map(({ name, i }: { name: string; i?: number }) => [name, i])).toEqual([
      ['body', undefined],
      ['num_scan_inputs', 1],
    ]);
  });

  it.each([
    [{ input: 'v', output: 'w.next' }, "graph 'turn' has no input 'v' to be carried from turn to turn"],
    [{ input: 'w', output: 'v' }, "graph 'turn' has no output 'v' to be carried from turn to turn"],
  ])('refuses %j', (carried, message) => {
    expect(errorOf(() => serializeScan(body(), [carried])).message).toBe(message);
  });
});
