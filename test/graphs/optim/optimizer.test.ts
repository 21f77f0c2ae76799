/**
 * Six steps of each optimizer against PyTorch 1.13. The numbers were printed by
 *
 *     import torch
 *     def run(make):
 *         p = torch.nn.Parameter(torch.tensor(start)); opt = make([p])
 *         for g in grads:
 *             p.grad = torch.tensor(g); opt.step(); print(['%.9g' % v for v in p.tolist()])
 *         for name, state in opt.state[p].items(): print(name, state)
 *     run(lambda p: torch.optim.Adam(p, lr=0.1))
 *     run(lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1))
 *     run(lambda p: torch.optim.AdamW(p, lr=0.1))
 *     run(lambda p: torch.optim.AdamW(p, lr=0.1, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.5))
 *     run(lambda p: torch.optim.SGD(p, lr=0.1))
 *     run(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9))
 *     run(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.5, weight_decay=0.1))
 *
 * with `start` and `grads` as below.
 */
import { expect, it } from 'vitest';
import { optimizerOf } from '../../../graphs/optim/from-recipe.ts';
import { adam, adamw, type Optimizer, sgd } from '../../../graphs/optim/optimizer.ts';
import { relativeError } from '../execute.ts';
import { trajectory } from './trajectory.ts';

const start = [0.5, -1.25, 2, -0.03125];
const grads = [
  [0.25, -0.5, 1.5, 0],
  [-0.75, 0.125, 1, 0],
  [0.5, -0.0625, -2, 1e-4],
  [1.25, 0.75, 0.5, -1e-4],
  [-0.375, -1, 0.25, 3],
  [0.0625, 2, -0.5, -0.5],
];

interface Golden {
  readonly name: string;
  readonly optimizer: Optimizer;
  readonly parameters: readonly (readonly number[])[];
  readonly state: Readonly<Record<string, readonly number[]>>;
}

const golden: readonly Golden[] = [
  {
    name: 'adam',
    optimizer: adam(),
    parameters: [
      [0.400000006, -1.14999998, 1.89999998, -0.03125],
      [0.449418992, -1.10305321, 1.80296481, -0.03125],
      [0.447540224, -1.05932987, 1.80023539, -0.0951203033],
      [0.40007627, -1.08676958, 1.78741837, -0.0910106599],
      [0.373819381, -1.06207204, 1.77166438, -0.14555943],
      [0.349173129, -1.0934025, 1.76766288, -0.183345363],
    ],
    state: {
      exp_avg: [0.0757547542, 0.144870505, 0.0213834979, 0.219999209],
      exp_avg_sq: [0.00257545966, 0.00582858548, 0.00778472843, 0.00924099982],
    },
  },
  {
    name: 'adam with L2',
    optimizer: adam({ betas: [0.8, 0.95], eps: 1e-6, weightDecay: 0.1 }),
    parameters: [
      [0.400000334, -1.15000021, 1.9000001, 0.0687180161],
      [0.447486073, -1.08760667, 1.8030262, 0.0236047544],
      [0.43486765, -1.02452254, 1.79736865, -0.0297451429],
      [0.375767469, -1.03905165, 1.77678704, -0.0433096625],
      [0.343386114, -0.996298075, 1.75051427, -0.106613189],
      [0.31330049, -1.02678287, 1.73711824, -0.146330789],
    ],
    state: {
      exp_avg: [0.148226172, 0.228657424, 0.113004208, 0.377391368],
      exp_avg_sq: [0.118108965, 0.273750246, 0.3462511, 0.439308345],
    },
  },
  {
    name: 'adamw',
    optimizer: adamw(),
    parameters: [
      [0.399500012, -1.14874995, 1.898, -0.0312187504],
      [0.448519498, -1.10065448, 1.7990669, -0.0311875325],
      [0.446192205, -1.05583048, 1.7945385, -0.0950266495],
      [0.398282051, -1.08221436, 1.77992702, -0.0908219814],
      [0.371626884, -1.05643463, 1.76239312, -0.145279929],
      [0.346608996, -1.08670866, 1.75662923, -0.18292059],
    ],
    state: {
      exp_avg: [0.0757547542, 0.144870505, 0.0213834979, 0.219999209],
      exp_avg_sq: [0.00257545966, 0.00582858548, 0.00778472843, 0.00924099982],
    },
  },
  {
    name: 'adamw with strong decay',
    optimizer: adamw({ betas: [0.8, 0.95], eps: 1e-6, weightDecay: 0.5 }),
    parameters: [
      [0.375000387, -1.08750021, 1.80000007, -0.0296874996],
      [0.410357594, -0.990720987, 1.61364484, -0.0282031242],
      [0.385310411, -0.901629031, 1.53925014, -0.0948619545],
      [0.310930222, -0.894900978, 1.45462692, -0.0809010714],
      [0.268195987, -0.822414339, 1.36966932, -0.140130848],
      [0.230212823, -0.821532667, 1.30369961, -0.173084736],
    ],
    state: {
      exp_avg: [0.118644014, 0.307072014, -0.0205760002, 0.379997462],
      exp_avg_sq: [0.113426045, 0.283358872, 0.32600069, 0.439999998],
    },
  },
  {
    name: 'sgd',
    optimizer: sgd(),
    parameters: [
      [0.474999994, -1.20000005, 1.85000002, -0.03125],
      [0.550000012, -1.2125001, 1.75, -0.03125],
      [0.5, -1.20625007, 1.95000005, -0.0312599987],
      [0.375, -1.28125012, 1.9000001, -0.0312499981],
      [0.412499994, -1.1812501, 1.87500012, -0.331250012],
      [0.40625, -1.38125014, 1.92500007, -0.28125],
    ],
    state: {},
  },
  {
    name: 'sgd with momentum',
    optimizer: sgd({ momentum: 0.9 }),
    parameters: [
      [0.474999994, -1.20000005, 1.85000002, -0.03125],
      [0.527499974, -1.16750002, 1.61500001, -0.03125],
      [0.524749994, -1.13199997, 1.60350001, -0.0312599987],
      [0.397275001, -1.17505002, 1.54315007, -0.0312590003],
      [0.320047498, -1.11379504, 1.46383512, -0.331258088],
      [0.244292751, -1.25866556, 1.4424516, -0.551257253],
    ],
    state: { momentum_buffer: [0.757547438, 1.44870496, 0.213834763, 2.1999917] },
  },
  {
    name: 'sgd with momentum and L2',
    optimizer: sgd({ momentum: 0.5, weightDecay: 0.1 }),
    parameters: [
      [0.469999999, -1.1875, 1.83000004, -0.0309375003],
      [0.525300026, -1.15687501, 1.62670004, -0.0304718744],
      [0.497697026, -1.12374377, 1.70878303, -0.0299443435],
      [0.353918552, -1.17094076, 1.68273675, -0.0293711349],
      [0.31599012, -1.08282983, 1.62788618, -0.328790814],
      [0.287616014, -1.22794604, 1.6341821, -0.425212741],
    ],
    state: { momentum_buffer: [0.283741146, 1.45116234, -0.0629587173, 0.964219391] },
  },
];

it.each(golden)('$name', async ({ optimizer, parameters, state }) => {
  expect(Object.keys(state)).toEqual(optimizer.state);
  const steps = await trajectory(
    optimizer,
    { p: start },
    grads.map((gradient) => ({ p: gradient })),
  );
  for (const [i, { p }] of steps.entries())
    expect(relativeError(p?.parameter, parameters[i] ?? []), `step ${i + 1}`).toBeLessThan(1e-6);
  for (const [name, values] of Object.entries(state))
    expect(relativeError(steps.at(-1)?.['p']?.state[name], values), name).toBeLessThan(1e-6);
});

it('recipes name their optimizers', () => {
  const options = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 } as const;
  expect(optimizerOf({ name: 'adam', ...options }).name).toBe('adam');
  expect(optimizerOf({ name: 'adamw', ...options }).name).toBe('adamw');
  expect(optimizerOf({ name: 'sgd', lr: 0.1, momentum: 0.9, weightDecay: 0 })).toMatchObject({
    name: 'sgd',
    state: ['momentum_buffer'],
  });
});
