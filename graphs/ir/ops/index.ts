/** The operator table: every operator a graph may contain, one row each. */
import { GraphError } from '../types.ts';
import type {
  AttributesFrom,
  AttributeValue,
  ChosenFrom,
  OpDefinition,
  OperandsFrom,
  ResultsFrom,
} from './definition.ts';
import { elementwise } from './elementwise.ts';
import { nchwc } from './nchwc.ts';
import { neural } from './neural.ts';
import { ortTraining } from './ort-training.ts';
import { quantization } from './quantization.ts';
import { tensor } from './tensor.ts';
import { training } from './training.ts';

export const ops = { ...elementwise, ...tensor, ...neural, ...nchwc, ...quantization, ...training, ...ortTraining };

/** The table's type, from which attributes, operands and results of each operator are derived. */
export type OpTable = typeof ops;
/** The key of a row: ONNX's op_type, but for operators of one name in several domains. */
export type OpName = keyof OpTable;
/** The attributes of an operator: `AttributesOf<'Conv'>` asks for `kernel_shape`. */
export type AttributesOf<O extends OpName> = AttributesFrom<OpTable[O]['attributes']>;
/** The operands of an operator, as a tuple: `OperandsOf<'Conv'>` is [X, W, B?]. */
export type OperandsOf<O extends OpName> = OperandsFrom<OpTable[O]['inputs']>;
/** All results of an operator, as a tuple. */
export type ResultsOf<O extends OpName> = ResultsFrom<OpTable[O]['outputs']>;
/** The results of an operator of which the caller has chosen: null where an optional one was not wanted. */
export type ChosenOf<O extends OpName> = ChosenFrom<OpTable[O]['outputs']>;

/** True where the name is a row of the table. */
export function isOpName(name: string): name is OpName {
  return Object.hasOwn(ops, name);
}

/** Throws GraphError where the name is none of the table's: it comes from code that no compiler has seen. */
export function requireOp(name: string): void {
  if (isOpName(name)) return;
  const names = Object.keys(ops).filter(
    (known) => isOpName(known) && definitionOf(known).domain === '' && onnxTypeOf(known) === known,
  );
  throw new GraphError(`there is no operator '${name}' here; there are: ${names.join(', ')}`);
}

/**
 * A row seen without its attribute types, for code that handles all operators alike (validation, serialization).
 * The attributes given to `infer` must have been checked against `attributes` first (`checkAttributes`).
 */
export function definitionOf(op: OpName): OpDefinition {
  return ops[op];
}

/** What an ONNX file calls an operator: the table's own name, unless its row says another. */
export function onnxTypeOf(op: OpName): string {
  return definitionOf(op).type ?? op;
}

const namesByType = new Map(
  Object.keys(ops)
    .filter(isOpName)
    .map((op) => [`${definitionOf(op).domain}.${onnxTypeOf(op)}`, op]),
);

/** The row of an operator that a file names by domain ('' is ai.onnx) and type; undefined where there is none. */
export function opNameOf(domain: string, type: string): OpName | undefined {
  return namesByType.get(`${domain}.${type}`);
}

export type { AttributesFrom, AttributeValue, OpDefinition };
