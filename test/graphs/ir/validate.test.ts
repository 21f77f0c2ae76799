import { expect, it } from 'vitest';
import type { Graph, Node } from '../../../graphs/ir/graph.ts';
import { float32, GraphError, type Value } from '../../../graphs/ir/types.ts';
import { validate } from '../../../graphs/ir/validate.ts';
import { smallNet, trainingGraph } from './fixtures.ts';

const x: Value = { name: 'x', dtype: 'float32', shape: [2] };
const y: Value = { name: 'y', dtype: 'float32', shape: [2] };
const z: Value = { name: 'z', dtype: 'float32', shape: [2] };
const exp: Node = { op: 'Exp', name: 'exp', inputs: [x], outputs: [y], attributes: {} };
const neg: Node = { op: 'Neg', name: 'neg', inputs: [y], outputs: [z], attributes: {} };
const graph: Graph = { name: 'g', inputs: [x], outputs: [z], initializers: [], nodes: [exp, neg] };
const wide: Value = { ...y, shape: [3] };

it.each([graph, smallNet(), trainingGraph()])('accepts $name, and returns it', (good) => {
  expect(validate(good)).toBe(good);
});

it.each<[string, Graph, string]>([
  ['a value used before it is made', { ...graph, nodes: [neg, exp] }, "neg uses 'y' before anything has made it"],
  ['a value that nobody makes', { ...graph, nodes: [neg] }, "neg uses 'y' before anything has made it"],
  ['an output that nobody makes', { ...graph, nodes: [exp] }, "the output list uses 'z' before anything has made it"],
  ['two values of one name', { ...graph, nodes: [exp, { ...exp, name: 'exp2' }] }, "exp2 declares 'y', which exists"],
  ['an input listed twice', { ...graph, inputs: [x, x] }, "the input list declares 'x', which exists already"],
  ['two nodes of one name', { ...graph, nodes: [exp, { ...neg, name: 'exp' }] }, "two nodes are named 'exp'"],
  ['an output listed twice', { ...graph, outputs: [z, z] }, "two outputs are named 'z'"],
  [
    'a value used as another type',
    { ...graph, nodes: [exp, { ...neg, inputs: [wide] }] },
    "neg takes 'y' as float32[3], it is float32[2]",
  ],
  [
    'an output type that the rule does not give',
    { ...graph, nodes: [{ ...exp, outputs: [wide] }] },
    "exp: output 'y' is float32[3], its rule says float32[2]",
  ],
  ['a required output left out', { ...graph, nodes: [{ ...exp, outputs: [null] }] }, 'exp (Exp): outputs (Y) expected'],
  ['one output too many', { ...graph, nodes: [{ ...exp, outputs: [y, z] }] }, 'exp (Exp): outputs (Y) expected'],
  ['a required input left out', { ...graph, nodes: [{ ...exp, inputs: [null] }] }, 'exp (Exp): inputs (X) expected'],
  [
    'a constant whose elements do not fill its shape',
    { ...graph, initializers: [{ value: { ...x, name: 'c' }, tensor: { ...float32([1]), shape: [2] } }] },
    "initializer 'c': float32[2] holds 1 elements",
  ],
  [
    'a constant of another type than its value',
    { ...graph, initializers: [{ value: { ...x, name: 'c' }, tensor: float32([1, 2, 3]) }] },
    "initializer 'c' is float32[2] but holds float32[3]",
  ],
  ['no outputs where one is required', { ...graph, nodes: [{ ...exp, outputs: [] }] }, 'outputs (Y) expected'],
  ['a negative size', { ...graph, inputs: [{ ...x, shape: [-1] }] }, "input 'x': dimension 0 of [-1] must be a size"],
  ['a fractional size', { ...graph, inputs: [{ ...x, shape: [1, 1.5] }] }, 'dimension 1 of [1,1.5] must be a size'],
  ['a symbolic size without a name', { ...graph, inputs: [{ ...x, shape: [''] }] }, 'dimension 0 of [] must be a size'],
  [
    'a value without a name',
    { ...graph, inputs: [{ ...x, name: '' }] },
    'the input list declares a value with an empty',
  ],
  [
    'an attribute beyond what JavaScript holds exactly',
    { ...graph, nodes: [{ op: 'Softmax', name: 's', inputs: [x], outputs: [z], attributes: { axis: 2 ** 53 } }] },
    's (Softmax): attribute axis must be int, got 9007199254740992',
  ],
])('refuses %s', (_, bad, message) => {
  expect(() => validate(bad)).toThrow(GraphError);
  expect(() => validate(bad)).toThrow(message);
});
