/**
 * `auto` where a Vulkan driver in software is installed (SwiftShader, which comes with Debian's chromium): webgpu works, and
 * is measured beside the processor.
 */
import { beforeEach, expect, it, type TestContext } from 'vitest';
import { machineProbe } from '../../src/runtime/device-probe.ts';
import { chooseDevice } from '../../src/runtime/devices.ts';
import { createEngine } from '../../src/training/engines/index.ts';
import { initialState } from '../../src/training/initialize.ts';
import { processorTargets } from '../graphs/processor-targets.ts';
import { entryOf, programsOf } from '../models.ts';
import { digests, randomBatch } from './ort-training-support.ts';
import { softwareDriver, useSoftwareDriver } from './software-driver.ts';

useSoftwareDriver();
const required = process.env['CI'] !== undefined || process.env['ATELIER_TEST_REPORT'] !== undefined;
const problem = machineProbe.absence('webgpu') ?? (await machineProbe.trial('webgpu', 1));
const reason = `${problem}; here: apt-get install chromium libvulkan1 (for ${softwareDriver})`;
beforeEach((context: TestContext) => context.skip(problem !== null && !required, reason));

/** Four steps of Model 1 on the processor, the last two in one call. */
async function trained() {
  const batchSize = 16;
  const programs = programsOf('m1', entryOf('m1').recipe, processorTargets.at(-1) ?? 'portable');
  const session = { device: 'cpu', threads: 2 } as const;
  const engine = await createEngine('native', { programs, batchSize, seed: 3, session, stepsPerCall: 2 });
  await engine.load(initialState(programs.model.network, programs.trainStep(batchSize), 3));
  const inputs = (...steps: readonly number[]) =>
    steps.map((step) => ({ batch: randomBatch(step, batchSize), learningRate: 1e-3, step }));
  const results = [await engine.trainSteps(inputs(1, 2)), await engine.trainSteps(inputs(3, 4))];
  const state = digests(await engine.state());
  await engine.release();
  return { results, state };
}

it('auto measures both and takes the faster; the processor computes the same bits after that as before', async () => {
  expect(problem).toBeNull();
  const before = await trained();
  const { device, reason: told } = await chooseDevice('auto', { threads: 2 });
  const [, chosen, other, its] =
    /^([\d.]+) ms for a convolution; (cpu|webgpu) ([\d.]+) ms(; cuda: .+)?$/.exec(told) ?? [];
  expect([device, other].toSorted(), told).toEqual(['cpu', 'webgpu']);
  expect(Number(chosen), told).toBeGreaterThan(0);
  expect(Number(its), told).toBeGreaterThanOrEqual(Number(chosen));
  expect(await trained()).toEqual(before);
});

it('a run that began on webgpu stays there', async () => {
  const choice = await chooseDevice('auto', { threads: 2, begunOn: 'webgpu' });
  expect(choice).toEqual({ device: 'webgpu', reason: 'as the run began' });
});
