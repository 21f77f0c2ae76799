/** Gradient transformations, alone and in chains, against their formulas in double precision and against each other. */
import { describe, expect, it } from 'vitest';
import { definitionOf } from '../../../graphs/ir/ops/index.ts';
import { GraphError } from '../../../graphs/ir/types.ts';
import type { ParameterGroup } from '../../../graphs/optim/groups.ts';
import { adam, adamw, type Optimizer, optimizer, sgd } from '../../../graphs/optim/optimizer.ts';
import { chain, type Transformation } from '../../../graphs/optim/transformation.ts';
import {
  addDecayedWeights,
  clipByGlobalNorm,
  scaleByAdam,
  scaleByLearningRate,
  trace,
} from '../../../graphs/optim/transformations.ts';
import { relativeError, signed } from '../execute.ts';
import { type After, type Numbers, trajectory, updateGraph } from './trajectory.ts';

const names = ['conv.weight', 'conv.bias', 'head.weight'] as const;
const start: Numbers = Object.fromEntries(names.map((name, i) => [name, signed(3 + i, i + 1)]));
const gradients: readonly Numbers[] = [0, 1, 2, 3].map((step) =>
  Object.fromEntries(names.map((name, i) => [name, signed(3 + i, 10 * step + i + 5)])),
);

const run = (rule: Optimizer, settings: Readonly<Record<string, number>> = {}, lr?: number) =>
  trajectory(rule, start, gradients, settings, lr);

/** The parameters after the last step. */
const last = (steps: readonly After[], name: string) => steps.at(-1)?.[name]?.parameter;

const isBias = (name: string) => name.endsWith('.bias');
const isHead = (name: string) => name.startsWith('head.');

describe('clipByGlobalNorm', () => {
  const clippedSgd = (max: number) => sgd({ maxNorm: max });

  /** PyTorch: total_norm = √Σ|g|² over all parameters; each g times min(1, max / (total_norm + 1e-6)). */
  const expected = (max: number) => {
    const parameters = Object.fromEntries(names.map((name) => [name, [...(start[name] ?? [])]]));
    for (const step of gradients) {
      const norm = Math.sqrt(names.flatMap((name) => step[name] ?? []).reduce((sum, element) => sum + element ** 2, 0));
      const factor = Math.min(1, max / (norm + 1e-6));
      for (const name of names)
        parameters[name] = (parameters[name] ?? []).map(
          (p, i) => p - Math.fround(0.1) * factor * (step[name]?.[i] ?? 0),
        );
    }
    return parameters;
  };

  it.each([0.01, 0.5, 1.5])('at %s: all gradients keep their direction and have this norm at most', async (max) => {
    const found = await run(clippedSgd(max));
    for (const name of names)
      expect(relativeError(last(found, name), expected(max)[name] ?? []), name).toBeLessThan(1e-6);
  });

  it('leaves gradients of a lesser norm as they are, bit for bit', async () => {
    expect(await run(clippedSgd(100))).toEqual(await run(sgd()));
  });

  it('makes nothing of gradients that are all zero', async () => {
    const nothing = [Object.fromEntries(names.map((name) => [name, (start[name] ?? []).map(() => 0)]))];
    const [after] = await trajectory(clippedSgd(1), start, nothing);
    for (const name of names) expect(after?.[name]?.parameter).toEqual(start[name]);
  });

  it.each([0, -1, Number.NaN])('refuses %s', (max) => {
    expect(() => clipByGlobalNorm(max)).toThrow(`the largest norm of the gradients must be above 0, got ${max}`);
  });
});

describe('weight decay', () => {
  it('is that of the parameters which the mask names, and of no others', async () => {
    const [masked, all, none] = await Promise.all([
      run(adamw({ weightDecay: 0.5, decays: (name) => !isBias(name) })),
      run(adamw({ weightDecay: 0.5 })),
      run(adam()),
    ]);
    for (const name of names) expect(last(masked, name), name).toEqual(last(isBias(name) ? none : all, name));
    expect(last(all, 'conv.bias')).not.toEqual(last(none, 'conv.bias'));
  });

  it.each([
    ['adamw', adamw],
    ['adam', adam],
    ['sgd', sgd],
  ] as const)('of %s is the same as an input of the graph and as a constant, bit for bit', async (_, make) => {
    const groups: readonly ParameterGroup[] = [{ includes: () => true, weightDecay: { input: 'decay' } }];
    expect(await run(make({ groups }), { decay: 0.25 })).toEqual(await run(make({ weightDecay: 0.25 })));
  });

  it('of a group replaces the usual one', async () => {
    const groups: readonly ParameterGroup[] = [{ includes: isHead, weightDecay: 0 }];
    const [grouped, usual, none] = await Promise.all([
      run(adamw({ weightDecay: 0.5, groups })),
      run(adamw({ weightDecay: 0.5 })),
      run(adam()),
    ]);
    for (const name of names) expect(last(grouped, name), name).toEqual(last(isHead(name) ? none : usual, name));
  });
});

describe('rates of groups', () => {
  const makers = [
    ['adamw', adamw],
    ['sgd', sgd],
  ] as const;

  // Halves and quarters, so that the product is as exact as a rate that is given.
  it.each(makers)(
    'multiply the learning rate of %s, the first group that wants a parameter deciding',
    async (_, make) => {
      const groups: readonly ParameterGroup[] = [
        { includes: isHead, rate: 0.5 },
        { includes: (name) => isHead(name) || isBias(name), rate: 0.25 },
      ];
      const [grouped, whole, half, quarter] = await Promise.all([
        run(make({ groups })),
        run(make()),
        run(make(), {}, 0.05),
        run(make(), {}, 0.025),
      ]);
      for (const name of names) {
        const expected = isHead(name) ? half : isBias(name) ? quarter : whole;
        expect(last(grouped, name), name).toEqual(last(expected, name));
      }
    },
  );

  it.each(makers)('of %s may be inputs of the graph, one for all that name it', async (_, make) => {
    const rate = { input: 'backbone_rate' };
    const groups = (value: ParameterGroup['rate'] & {}): readonly ParameterGroup[] => [
      { includes: (name) => !isHead(name), rate: value },
    ];
    const fed = make({ groups: groups(rate) });
    expect(await run(fed, { backbone_rate: 0.125 })).toEqual(await run(make({ groups: groups(0.125) })));
    const inputs = updateGraph(fed, start).inputs.filter(({ name }) => name === 'backbone_rate');
    expect(inputs).toEqual([{ name: 'backbone_rate', dtype: 'float32', shape: [1] }]);
  });

  it('of nought leave parameters where they are', async () => {
    const found = await run(sgd({ groups: [{ includes: isHead, rate: 0 }] }));
    expect(last(found, 'head.weight')).toEqual(start['head.weight']);
  });
});

describe('chains', () => {
  const operatorsOf = (rule: Optimizer) => updateGraph(rule, start).nodes.map(({ op }) => op);
  const trainingOperators = (rule: Optimizer) => operatorsOf(rule).filter((op) => definitionOf(op).training);

  it('do one after the other, and chains of chains are chains', async () => {
    const parts = [clipByGlobalNorm(0.5), addDecayedWeights(0.1), trace(0.5), scaleByLearningRate()] as const;
    const [clip, decay, momentum, rate] = parts;
    const flat = optimizer('sgd', chain(...parts));
    expect(await run(optimizer('sgd', chain(chain(clip, decay), chain(momentum, rate))))).toEqual(await run(flat));
    expect(await run(sgd({ maxNorm: 0.5, weightDecay: 0.1, momentum: 0.5 }))).toEqual(await run(flat));
    expect(await run(optimizer('sgd', chain(decay, clip, momentum, rate)))).not.toEqual(await run(flat));
  });

  it('that end in Adam, decay and rate are one training operator for each parameter', () => {
    const adamW = [scaleByAdam(), addDecayedWeights(0.01), scaleByLearningRate()];
    expect(operatorsOf(optimizer('adamw', chain(...adamW)))).toEqual(names.map(() => 'AdamWOptimizer'));
    expect(operatorsOf(adam())).toEqual(names.map(() => 'AdamWOptimizer'));
    expect(trainingOperators(optimizer('clipped', chain(clipByGlobalNorm(1), ...adamW)))).toHaveLength(names.length);
  });

  /** Something between Adam and the descent that changes nothing. */
  const nothing: Transformation = { state: [], update: (_, slots) => slots };

  it('are the same by their own operators where no training operator fits', async () => {
    const apart = optimizer('apart', chain(scaleByAdam(), addDecayedWeights(0.5), nothing, scaleByLearningRate()));
    expect(trainingOperators(apart)).toEqual([]);
    const [found, expected] = [await run(apart), await run(adamw({ weightDecay: 0.5 }))];
    for (const name of names) {
      expect(relativeError(last(found, name), last(expected, name) ?? []), name).toBeLessThan(1e-6);
      expect(found.at(-1)?.[name]?.state).toEqual(expected.at(-1)?.[name]?.state);
    }
  });

  it('refuse two states of one name', () => {
    expect(() => chain(trace(0.9), trace(0.5))).toThrow(GraphError);
    expect(() => chain(scaleByAdam(), chain(scaleByAdam()))).toThrow(
      "two transformations of a chain keep a state named 'exp_avg'",
    );
  });

  it('say whose state is missing', () => {
    const { update } = sgd({ momentum: 0.9 });
    const stateless: Optimizer = { name: 'sgd', state: [], update };
    expect(() => updateGraph(stateless, start)).toThrow("there is no state 'momentum_buffer' of 'conv.weight'");
  });
});
