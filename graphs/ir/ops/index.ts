/** The operator table: every operator a graph may contain, one row each. */
import type { AttributesFrom, AttributeValue, OpDefinition } from './definition.ts';
import { elementwise } from './elementwise.ts';
import { neural } from './neural.ts';
import { tensor } from './tensor.ts';
import { training } from './training.ts';

export const ops = { ...elementwise, ...tensor, ...neural, ...training };

export type OpTable = typeof ops;
export type OpName = keyof OpTable;
export type AttributesOf<O extends OpName> = AttributesFrom<OpTable[O]['attributes']>;

/** True where the name is a row of the table. */
export function isOpName(name: string): name is OpName {
  return Object.hasOwn(ops, name);
}

/**
 * A row seen without its attribute types, for code that handles all operators alike (validation, serialization).
 * The attributes given to `infer` must have been checked against `attributes` first (`checkAttributes`).
 */
export function definitionOf(op: OpName): OpDefinition {
  return ops[op];
}

export type { AttributesFrom, AttributeValue, OpDefinition };
