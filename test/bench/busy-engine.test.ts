import { expect, it } from 'vitest';
import { BusyEngine } from '../../bench/peers/busy-engine.ts';
import type { Engine } from '../../src/training/engines/engine.ts';

it('tells the time in which no training step was made from that of the steps', async () => {
  let time = 1000;
  const passing = (milliseconds: number) => {
    time += milliseconds;
  };
  const nothing = async () => undefined;
  const engine: Engine = {
    name: 'slow',
    target: 'portable',
    stepsPerCall: 2,
    trainStep: async () => {
      passing(40);
      return { loss: 1, correct: 0 };
    },
    trainSteps: async () => {
      passing(60);
      return [];
    },
    evaluate: async () => {
      passing(500);
      return { loss: 1, accuracy: 0 };
    },
    state: async () => new Map(),
    load: nothing,
    release: nothing,
  };
  const busy = new BusyEngine(engine, () => time);
  expect(busy.idleSince(1000)).toBe(0);
  passing(20);
  await busy.trainSteps([]);
  passing(30);
  await busy.trainSteps([]);
  passing(30);
  // Validation is not training, whoever waits meanwhile.
  await busy.evaluate([]);
  expect(busy.idleSince(1000)).toBeCloseTo(50 / 170);
  expect([busy.name, busy.target, busy.stepsPerCall]).toEqual(['slow', 'portable', 2]);
});
