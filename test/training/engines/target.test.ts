/** Which target an engine's graphs are lowered to, and the trial that a blocked one must pass. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { targets } from '../../../graphs/targets/compile.ts';
import { cpuNchwc } from '../../../graphs/targets/cpu-nchwc/index.ts';
import { batchNorm } from '../../../graphs/targets/portable/batch-norm.ts';
import { convGrad } from '../../../graphs/targets/portable/conv.ts';
import { portable } from '../../../graphs/targets/portable/index.ts';
import type { Target } from '../../../graphs/targets/target.ts';
import { UsageError } from '../../../src/errors.ts';
import { devices } from '../../../src/runtime/device-names.ts';
import { largestDifference } from '../../../src/training/engines/probe.ts';
import { blockedTarget, chooseTarget } from '../../../src/training/engines/target.ts';
import { targetRequests } from '../../../src/training/engines/target-names.ts';
import { describeBlocked, processorBlock } from '../../graphs/processor-targets.ts';

const gpus = devices.filter((device) => device !== 'cpu');
const blocked = processorBlock === null ? 'portable' : (`cpu-nchwc${processorBlock}` as const);

describe('chooseTarget', () => {
  it('takes the blocked layout of the processor where nothing is said, with its reason', async () => {
    const { target, reason } = await chooseTarget('native', 'cpu', 'auto');
    expect(target).toBe(blocked);
    expect(reason).toMatch(
      processorBlock === null
        ? 'the runtime has no blocked layout of 8 or 16 channels on this processor'
        : new RegExp(`^blocks of ${processorBlock} channels; gradients agree to \\de-[5-9]$`),
    );
  });

  it('takes standard operators on the processor where they are asked for', async () => {
    expect(await chooseTarget('native', 'cpu', 'portable')).toEqual({ target: 'portable', reason: 'as requested' });
  });

  it.each(gpus)('takes standard operators on %s', async (device) => {
    for (const request of ['auto', 'portable'] as const)
      expect(await chooseTarget('native', device, request)).toEqual({
        target: 'portable',
        reason: `standard operators, as device ${device} has them`,
      });
  });

  it.each(gpus)('refuses the blocked layout on %s', async (device) => {
    const choice = chooseTarget('native', device, 'cpu-nchwc');
    await expect(choice).rejects.toThrow(UsageError);
    await expect(choice).rejects.toThrow(
      `{ target: 'cpu-nchwc' }: device ${device} does not have it. Leave target out.`,
    );
  });

  it.each(devices)('takes the own operators of ort-training, on %s', async (device) => {
    expect((await chooseTarget('ort-training', device, 'auto')).target).toBe('ort-training');
    for (const request of ['cpu-nchwc', 'portable'] as const) {
      const choice = chooseTarget('ort-training', device, request);
      await expect(choice).rejects.toThrow(UsageError);
      await expect(choice).rejects.toThrow(`{ target: '${request}' }: the ort-training engine has graphs of its own.`);
    }
  });

  it('chooses a target, whose name is that in the catalogue, or says what to do', async () => {
    for (const request of targetRequests) {
      const choice = await chooseTarget('native', 'cpu', request).catch((error: Error) => error.message);
      if (typeof choice === 'string')
        expect(choice).toMatch(/does not work here: .* Leave target out, or use portable/);
      else expect(targets[choice.target].name).toBe(choice.target);
    }
  });
});

describeBlocked((block) => {
  const information = '/proc/cpuinfo';
  it.skipIf(process.arch !== 'x64' || !existsSync(information))('is that of the widest registers', () => {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync(information, 'utf8'))?.[1]?.split(' ') ?? [];
    expect(block).toBe(flags.includes('avx512f') ? 16 : 8);
  });

  it('is chosen by name', async () => {
    expect((await chooseTarget('native', 'cpu', 'cpu-nchwc')).target).toBe(`cpu-nchwc${block}`);
    expect(await blockedTarget()).toMatchObject({ target: `cpu-nchwc${block}` });
  });

  it('trains as the portable form does', async () => {
    const difference = await largestDifference(cpuNchwc(block), portable);
    // Measured: 1.4e-6. Exactly 0 would mean that it is the portable form.
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(1e-5);
  });
});

describe('largestDifference', () => {
  const changed = (lowerings: Partial<Target['lowerings']>): Target => ({
    ...portable,
    lowerings: { ...portable.lowerings, ...lowerings },
  });

  it('is 0 for a target and itself', async () => {
    expect(await largestDifference(portable, portable)).toBe(0);
  });

  it.skipIf(processorBlock === null)('notices blocks of a size that is not the processor’s', async () => {
    const other = cpuNchwc(processorBlock === 8 ? 16 : 8);
    // The runtime computes nonsense with them, or refuses them.
    const difference = await largestDifference(other, portable).catch(() => Number.POSITIVE_INFINITY);
    expect(difference).toBeGreaterThan(0.01);
  });

  it.each<[string, Target]>([
    ['a ReLU without a mask', changed({ ReluGrad: (c) => [c.b.op('Identity', [c.x(0)], {})] })],
    [
      'dropout that does not scale',
      changed({ MaskedDropout: (c) => [c.b.op('Mul', [c.x(0), c.b.cast(c.x(1), 'float32')], {})] }),
    ],
    [
      'a pool that gives its gradient to all that are equal',
      changed({
        MaxPoolGrad: (c) => {
          const { b, node } = c;
          const enlarged = (value: ReturnType<typeof c.x>) =>
            b.op('Resize', [value, null, null, b.ints(...node.attributes.input_shape)], {
              mode: 'nearest',
              coordinate_transformation_mode: 'asymmetric',
              nearest_mode: 'floor',
            });
          const pool = c.maker(1);
          const largest = b.cast(b.op('Equal', [pool.x(0), enlarged(pool.y(0))], {}), 'float32');
          return [b.op('Mul', [largest, enlarged(c.x(0))], {})];
        },
      }),
    ],
    [
      'running statistics of each other',
      changed({
        BatchNormInternal: (c) => {
          const [y, mean, variance, ...saved] = batchNorm(c);
          return [y, variance, mean, ...saved];
        },
      }),
    ],
    [
      'a thousandth too much in one gradient',
      changed({
        ConvGrad: (c) => {
          const [dX = null, dW = null, dB = null] = convGrad(c);
          return [dX, dW && c.b.op('Mul', [dW, c.b.scalar(1.001)], {}), dB];
        },
      }),
    ],
  ])('notices %s', async (_, target) => {
    expect(await largestDifference(target, portable)).toBeGreaterThan(1e-4);
  });

  it('is not a number where a result is none', async () => {
    const target = changed({
      ReluGrad: (c) => [c.b.op('Mul', [c.x(0), c.b.op('Sqrt', [c.b.scalar(-1)], {})], {})],
    });
    expect(await largestDifference(target, portable)).toBeNaN();
  });
});
