import type { DataType } from '../types.ts';
import { define, required } from './definition.ts';
import { binary, broadcast, floating, sameDtype, slanted, unary } from './rules.ts';

/** ONNX TensorProto.DataType numbers, as attribute `to` of Cast and in serialized tensors. */
export const onnxDataType: Readonly<Record<DataType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
};

/** The element type of a TensorProto.DataType number, or undefined where it is none of ours. */
export function dataTypeOf(number: number): DataType | undefined {
  return typedKeys(onnxDataType).find((dtype) => onnxDataType[dtype] === number);
}

function typedKeys<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  const keys: K[] = [];
  for (const key in record) keys.push(key);
  return keys;
}

/** Functions of single elements, with broadcasting where there are two operands. */
export const elementwise = {
  Add: binary(),
  Sub: binary(),
  Mul: binary(),
  Div: binary(),
  Pow: define({
    domain: '',
    inputs: ['X', 'Y'],
    outputs: ['Z'],
    attributes: {},
    infer: (x) => [{ dtype: x.type(0).dtype, shape: broadcast(x, x.shape(0), x.shape(1)) }],
  }),
  Equal: binary('bool'),
  Greater: binary('bool'),
  Neg: unary(),
  Exp: unary(),
  Log: unary(),
  Sqrt: unary(),
  Reciprocal: unary(),
  Sign: unary(),
  Sigmoid: unary(),
  /** min(1, max(0, alpha X + beta)). */
  HardSigmoid: define({
    domain: '',
    inputs: ['X'],
    outputs: ['Y'],
    attributes: { alpha: required('float'), beta: required('float') },
    infer: (x) => [floating(x, 0)],
  }),
  Tanh: unary(),
  /** The error function, 2/√π ∫₀ˣ e^(-t²) dt. */
  Erf: unary(),
  Relu: unary(),
  /** X above 0, alpha X below. */
  LeakyRelu: slanted(),
  /** X above 0, alpha (eˣ - 1) below. */
  Elu: slanted(),
  /** ln(1 + eˣ). */
  Softplus: unary(),
  /** min(max, max(min, input)), with bounds that are scalars or left out. */
  Clip: define({
    domain: '',
    inputs: ['input', { optional: 'min' }, { optional: 'max' }],
    outputs: ['output'],
    attributes: {},
    infer: (x) => {
      const type = floating(x, 0);
      for (const bound of [1, 2]) if (x.has(bound)) x.expect(bound, type.dtype, []);
      return [type];
    },
  }),
  Identity: define({ domain: '', inputs: ['X'], outputs: ['Y'], attributes: {}, infer: (x) => [x.type(0)] }),
  Cast: define({
    domain: '',
    inputs: ['X'],
    outputs: ['Y'],
    attributes: { to: required('int') },
    infer: (x, { to }) => {
      const dtype = dataTypeOf(to);
      if (dtype === undefined) throw x.error(`attribute to=${to} is no element type known here`);
      return [{ dtype, shape: x.shape(0) }];
    },
  }),
  Where: define({
    domain: '',
    inputs: ['condition', 'X', 'Y'],
    outputs: ['Z'],
    attributes: {},
    infer: (x) => {
      const dtype = sameDtype(x, 1, 2);
      x.expect(0, 'bool', x.shape(0));
      return [{ dtype, shape: broadcast(x, x.shape(0), broadcast(x, x.shape(1), x.shape(2))) }];
    },
  }),
};
