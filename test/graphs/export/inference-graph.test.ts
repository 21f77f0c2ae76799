import { expect, it } from 'vitest';
import { inferenceGraph, inputForms, outputForms } from '../../../graphs/export/inference-graph.ts';
import { formatType } from '../../../graphs/ir/types.ts';
import { validate } from '../../../graphs/ir/validate.ts';
import { graphOf, modelOf, stateOf } from './support.ts';

it.each(inputForms.flatMap((input) => outputForms.map((output) => ({ input, output }))))(
  '$input in, $output out',
  (form) => {
    const graph = validate(graphOf('m2', form));
    const dtype = form.input === 'bytes' ? 'uint8' : 'float32';
    expect(graph.inputs.map((input) => `${input.name} ${formatType(input)}`)).toEqual([
      `images ${dtype}[batch,1,28,28]`,
    ]);
    const names = form.output === 'both' ? ['logits', 'probabilities'] : [form.output];
    expect(graph.outputs.map(({ name }) => name)).toEqual(names);
    expect(graph.outputs.map(formatType)).toEqual(names.map(() => 'float32[batch,10]'));
  },
);

it('keeps PyTorch’s names for its constants and leaves counters and optimizer state out', () => {
  const names = graphOf('m2').initializers.map(({ value }) => value.name);
  expect(names).toEqual(expect.arrayContaining(['stages.0.0.weight', 'stages.0.1.running_var', 'fc2.bias']));
  expect(names.filter((name) => name.endsWith('tracked') || name.startsWith('optimizer'))).toEqual([]);
});

it('says which weights are missing, and which have another shape', () => {
  const state = new Map(stateOf('m1'));
  state.delete('conv1.bias');
  const form = { input: 'bytes', output: 'logits' } as const;
  expect(() => inferenceGraph(modelOf('m1'), state, form)).toThrow('the weights lack what model m1 needs: conv1.bias');
  const other = new Map([
    ...stateOf('m1'),
    ['conv1.bias', { dtype: 'float32', shape: [2], data: new Float32Array(2) }],
  ]);
  expect(() => inferenceGraph(modelOf('m1'), new Map(other), form)).toThrow(
    "'conv1.bias' is float32[32], got float32[2]",
  );
});
