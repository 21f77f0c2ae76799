import { describe, expect, it } from 'vitest';
import { type Batch, sequentialBatches } from '../../../src/data/batches.ts';
import { imagesInMemory } from '../../../src/data/images.ts';
import { InterruptedError, UsageError } from '../../../src/errors.ts';
import { traced } from '../../../src/runtime/tracing.ts';
import { createEngine } from '../../../src/training/engines/index.ts';
import { initialState } from '../../../src/training/initialize.ts';
import { checkProfilable, profileTrainStep } from '../../../src/training/profile/profile-train-step.ts';
import { rolesOf } from '../../../src/training/profile/roles.ts';
import { roleOf, runtimeLayer } from '../../../src/training/profile/step-profile.ts';
import { numbers } from '../../graphs/ir/fixtures.ts';
import { entryOf, imageShape, programsOf } from '../../models.ts';
import { digestsOf } from '../trajectory.ts';

const batchSize = 4;
const programs = programsOf('m1', entryOf('m1').recipe, 'portable');
const program = programs.trainStep(batchSize);
const state = initialState(programs.model.network, program, 42);

function batches(count: number): AsyncIterable<Batch> {
  const images = Uint8Array.from(numbers(count * batchSize * 784, 5), (number) => (number + 0.5) * 255);
  const labels = Uint8Array.from({ length: count * batchSize }, (_, i) => (i * 7) % 10);
  const indices = Uint32Array.from(labels, (_, i) => i);
  return sequentialBatches(imagesInMemory(imageShape, images, labels), indices, batchSize);
}
const rates = { threads: 1, sgemm: 1e9, copy: 1e9 };
const options = { rates, programs, batchSize, seed: 42, threads: 1, state, learningRate: 1e-3, steps: 3, warmup: 1 };

describe('three steps of Model 1', () => {
  it('lose no time and no node', async () => {
    const before = digestsOf(state);
    // Here the rates are measured besides.
    const { rates: _, ...measuring } = options;
    const { profile, trace } = await profileTrainStep({ ...measuring, batches: batches(4) });
    expect(digestsOf(state)).toEqual(before);
    expect(profile).toMatchObject({ model: 'm1', target: 'portable', batchSize, steps: 3, averaged: 1 });

    expect(profile.rates.threads).toBe(1);
    expect(profile.rates).not.toEqual(rates);
    const { kernels, betweenKernels, runtime, masks, binding, profiled } = profile.times;
    expect(profile.nodes.reduce((sum, { ms }) => sum + ms, 0)).toBeCloseTo(kernels, 9);
    expect(kernels + betweenKernels + runtime + masks + binding).toBeCloseTo(profiled, 9);
    expect(kernels).toBeGreaterThan(0);
    expect(kernels).toBeLessThan(profiled);

    // The trace as it is, warm-up included, says the same of how many kernels a step has.
    const events: readonly { readonly name: string }[] = JSON.parse(trace);
    expect(events.filter(({ name }) => name.endsWith('_kernel_time'))).toHaveLength(4 * profile.nodes.length);

    // Every kernel is a node's or is shown as the runtime's own, and every node has a kernel or is named as absent.
    const roles = rolesOf(
      program,
      profile.layers.map(({ name }) => name),
    );
    const made = new Set<string>();
    for (const { name, layer, phase } of profile.nodes) {
      const role = roleOf(name, roles);
      expect([layer, phase], name).toEqual(role ? [role.layer, role.phase] : [runtimeLayer, 'other']);
      if (role) made.add(role.node);
    }
    expect([...made, ...profile.absent].sort()).toEqual([...roles.keys()].sort());
    expect(made.size).toBeGreaterThan(profile.absent.length);
    // The convolutions' activations are fused into them.
    expect(profile.absent).toContain('relu1/Relu');
  });

  it('are fewer where there are fewer batches', async () => {
    const { profile } = await profileTrainStep({ ...options, batches: batches(2) });
    expect(profile.steps).toBe(1);
    await expect(profileTrainStep({ ...options, batches: batches(1) })).rejects.toThrow(/nothing to profile/);
  });

  it('stop at a signal', async () => {
    const run = profileTrainStep({ ...options, batches: batches(4), signal: AbortSignal.abort() });
    await expect(run).rejects.toThrow(InterruptedError);
  });
});

it('a trace changes no bit of what is computed', async () => {
  const after = async (tracePrefix?: string) => {
    const session = { device: 'cpu', threads: 1, ...(tracePrefix === undefined ? {} : { tracePrefix }) } as const;
    const engine = await createEngine('native', { programs, batchSize, seed: 42, session });
    await engine.load(state);
    const losses = [];
    for await (const batch of batches(3))
      losses.push((await engine.trainStep({ batch, learningRate: 1e-3, step: batch.index + 1 })).loss);
    const digests = digestsOf(await engine.state());
    await engine.release();
    return { losses, digests };
  };
  const { result } = await traced(after);
  expect(result).toEqual(await after());
});

describe('checkProfilable', () => {
  it.each(['cpu', 'auto'])('lets the native engine on %s pass', (device) => {
    expect(() => checkProfilable('native', device)).not.toThrow();
  });

  it('refuses what has no trace of kernels on the processor, and says what to leave out', () => {
    expect(() => checkProfilable('ort-training', 'cpu')).toThrow(UsageError);
    expect(() => checkProfilable('ort-training', 'cpu')).toThrow(/profile: expected engine native, got ort-training/);
    expect(() => checkProfilable('native', 'webgpu')).toThrow(/profile: expected device cpu, got webgpu/);
  });
});
