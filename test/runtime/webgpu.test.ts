/**
 * Training and evaluation through onnxruntime's WebGPU provider, on SwiftShader: the Vulkan driver in software that comes
 * with Debian's chromium. It is slow, so batches are as small as can be; what is held against the processor is the same.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { messageOf } from '../../src/errors.ts';
import type { Device } from '../../src/runtime/device-names.ts';
import { chooseDevice } from '../../src/runtime/devices.ts';
import type { Engine } from '../../src/training/engines/engine.ts';
import { createEngine } from '../../src/training/engines/index.ts';
import { initialState } from '../../src/training/initialize.ts';
import { type ModelName, modelNames, programsOf } from '../models.ts';
import { comparableRecipe, randomBatch, relativeDifference } from './ort-training-support.ts';
import { useSoftwareDriver } from './software-driver.ts';

/** Where tests are counted the driver has been installed, and a test that is left out would go unnoticed. */
const required = process.env['CI'] !== undefined || process.env['ATELIER_TEST_REPORT'] !== undefined;
/** Batch normalization has statistics of one image, too. */
const batchSize = 1;

/** Why there is nothing to test. */
let absence = '';

beforeAll(async () => {
  useSoftwareDriver();
  await chooseDevice('webgpu', { threads: 1 }).catch((error) => {
    absence = `${messageOf(error)} Here: apt-get install chromium libvulkan1`;
  });
}, 60_000);
beforeEach((context: TestContext) => context.skip(absence !== '' && !required, absence));

async function open(name: ModelName, device: Device): Promise<Engine> {
  const programs = programsOf(name, comparableRecipe(name), 'portable');
  const engine = await createEngine('native', { programs, batchSize, seed: 3, session: { device, threads: 1 } });
  await engine.load(initialState(programs.model.network, programs.trainStep(batchSize), 3));
  return engine;
}

it('is chosen where it is asked for', async () => {
  expect(await chooseDevice('webgpu', { threads: 1 })).toEqual({ device: 'webgpu', reason: 'as requested' });
});

// Most of the time goes into compiling shaders, on one core.
describe.each(modelNames)('%s on webgpu', { timeout: 240_000 }, (name) => {
  const engines: Engine[] = [];
  afterAll(async () => {
    for (const engine of engines.splice(0)) await engine.release();
  });

  it('trains and evaluates as on the processor', async () => {
    const [cpu, webgpu] = [await open(name, 'cpu'), await open(name, 'webgpu')];
    engines.push(cpu, webgpu);
    for (const step of [1, 2]) {
      const input = { batch: randomBatch(step, batchSize), learningRate: 1e-3, step };
      const [expected, found] = [await cpu.trainStep(input), await webgpu.trainStep(input)];
      expect(Math.abs(found.loss - expected.loss)).toBeLessThan(1e-4);
      expect(found.correct).toBe(expected.correct);
    }
    const [before, after] = [await cpu.state(), await webgpu.state()];
    expect([...after.keys()].toSorted()).toEqual([...before.keys()].toSorted());
    const differences = [...before].map(
      ([tensor, value]) => [tensor, relativeDifference(value, after.get(tensor))] as const,
    );
    expect(differences.filter(([, difference]) => !(difference < 1e-4))).toEqual([]);
    // The same bits everywhere would mean that the processor has computed both.
    expect(differences.some(([, difference]) => difference > 0)).toBe(true);
    const batches = [randomBatch(10, batchSize)];
    const [expected, found] = [await cpu.evaluate(batches), await webgpu.evaluate(batches)];
    expect(Math.abs(found.loss - expected.loss)).toBeLessThan(1e-4);
    expect(found.accuracy).toBe(expected.accuracy);
  });
});
