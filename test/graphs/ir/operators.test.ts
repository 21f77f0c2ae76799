/** The shape rule of every operator: what it gives, what it refuses in which words, and whether the runtime agrees. */
import { describe, expect, it } from 'vitest';
import { definitionOf, isOpName, onnxTypeOf, opNameOf, ops } from '../../../graphs/ir/ops/index.ts';
import { serializeModel } from '../../../graphs/ir/serialize.ts';
import { formatType, GraphError } from '../../../graphs/ir/types.ts';
import { InferenceSession } from '../../../src/runtime/onnxruntime.ts';
import { cases, graphOf } from './operator-cases.ts';

describe.each(Object.keys(ops).filter(isOpName))('%s', (op) => {
  const { training, outputs } = definitionOf(op);
  const good = cases[op].filter(({ gives }) => gives !== undefined);
  const bad = cases[op].filter(({ fails }) => fails !== undefined);

  it.each(good)('$inputs $attributes gives $gives', async (example) => {
    const graph = graphOf(op, example);
    expect(graph.outputs.map(formatType).join(' ')).toBe(example.gives);
    expect(graph.outputs).toHaveLength(outputs.length);
    if (training === true) return;
    const session = await InferenceSession.create(serializeModel(graph), { logSeverityLevel: 3 });
    const types = session.outputMetadata.map((type) => (type.isTensor ? `${type.type}[${type.shape.join()}]` : ''));
    expect(types.join(' ')).toBe(example.gives);
    await session.release();
  });

  it.skipIf(bad.length === 0).each(bad)('$inputs $attributes fails: $fails', (example) => {
    const attempt = () => graphOf(op, example);
    expect(attempt).toThrow(GraphError);
    expect(attempt).toThrow(`layer/node (${op}): `);
    expect(attempt).toThrow(example.fails);
  });
});

it('finds every row by the domain and the type that a file names, and no other', () => {
  for (const op of Object.keys(ops).filter(isOpName))
    expect(opNameOf(definitionOf(op).domain, onnxTypeOf(op)), op).toBe(op);
  expect(opNameOf('com.acme', 'Relu')).toBeUndefined();
  expect(opNameOf('', 'toString')).toBeUndefined();
});
