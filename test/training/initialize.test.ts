import { describe, expect, it } from 'vitest';
import { formatType } from '../../graphs/ir/types.ts';
import { initialState } from '../../src/training/initialize.ts';
import oracle from '../fixtures/oracle.json' with { type: 'json' };
import { entryOf, modelNames, programsOf } from '../models.ts';
import { digestsOf, numbersOf } from './trajectory.ts';

describe.each(modelNames)('the state of %s before the first step', (name) => {
  const { model, trainStep } = programsOf(name, entryOf(name).recipe, 'portable');
  const program = trainStep(1);
  const state = initialState(model.network, program, 42);

  it("has PyTorch's weights for seed 42, bit for bit", () => {
    const wanted: Readonly<Record<string, string>> = oracle.models[name].init_seed42;
    const parameters = new Map([...state].filter(([key]) => Object.hasOwn(wanted, key)));
    expect(digestsOf(parameters)).toEqual(wanted);
  });

  it('has every tensor that a training step reads, in its type', () => {
    const found = [...state].map(([key, tensor]) => `${key} ${formatType(tensor)}`);
    expect(found.sort()).toEqual(program.state.map((spec) => `${spec.name} ${formatType(spec)}`).sort());
  });

  it('has moments and means of zero, variances of one', () => {
    for (const { name: key, kind } of program.state) {
      if (kind === 'parameter') continue;
      const wanted = key.endsWith('running_var') ? 1 : 0;
      expect(new Set(numbersOf(state.get(key))), key).toEqual(new Set([wanted]));
    }
  });

  it('is another one for another seed', () => {
    const other = digestsOf(initialState(model.network, program, 43));
    const digests = digestsOf(state);
    const same = model.network.parameters.filter(({ name: key }) => digests[key] === other[key]);
    // Batch normalization starts at ones and zeros, whatever the seed.
    expect(same.every(({ shape }) => shape.length === 1)).toBe(true);
    expect(same).toHaveLength(name === 'm1' ? 0 : 12);
  });
});
