/** Which device a request comes down to, on machines that have more of them than this one may. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AtelierError } from '../../src/errors.ts';
import { type Device, devices, isDevice } from '../../src/runtime/device-names.ts';
import { type DeviceProbe, machineProbe } from '../../src/runtime/device-probe.ts';
import { chooseDevice } from '../../src/runtime/devices.ts';

interface Fake {
  readonly absence?: string;
  readonly trial?: string;
  /** Milliseconds, or why it fails. */
  readonly time?: number | string;
}

/** A machine as a test describes it, and what it was asked for, in order. */
function machine(fakes: Partial<Record<Device, Fake>>) {
  const asked: string[] = [];
  const probe: DeviceProbe = {
    absence: (device) => fakes[device]?.absence ?? null,
    trial: async (device) => {
      asked.push(`try ${device}`);
      return fakes[device]?.trial ?? null;
    },
    convolutionTime: async (device) => {
      asked.push(`measure ${device}`);
      const { time = Number.NaN } = fakes[device] ?? {};
      if (typeof time === 'string') throw new AtelierError(time, { code: 'runtime-failed' });
      return time;
    },
  };
  return { asked, probe, threads: 1 };
}

const noCuda = { absence: 'no library' };
const noWebgpu = { absence: 'no driver' };

describe('auto', () => {
  it('is the processor where nothing else is there; nothing is tried or measured', async () => {
    const { asked, ...options } = machine({ cuda: noCuda, webgpu: noWebgpu });
    expect(await chooseDevice('auto', options)).toEqual({
      device: 'cpu',
      reason: 'cuda: no library; webgpu: no driver',
    });
    expect(asked).toEqual([]);
  });

  it('is the processor where what else is there does not work; nothing is measured', async () => {
    const { asked, ...options } = machine({ cuda: { trial: 'no GPU was found' }, webgpu: noWebgpu });
    expect(await chooseDevice('auto', options)).toEqual({
      device: 'cpu',
      reason: 'cuda: no GPU was found; webgpu: no driver',
    });
    expect(asked).toEqual(['try cuda']);
  });

  it.each<readonly [Device, number, number, string]>([
    ['webgpu', 41.4, 3.14, '3.1 ms for a convolution; cpu 41 ms; cuda: no library'],
    ['cpu', 12.04, 3702.9, '12 ms for a convolution; webgpu 3700 ms; cuda: no library'],
  ])('is %s where it is the faster of two', async (device, cpu, webgpu, reason) => {
    const { asked, ...options } = machine({ cpu: { time: cpu }, cuda: noCuda, webgpu: { time: webgpu } });
    expect(await chooseDevice('auto', options)).toEqual({ device, reason });
    expect(asked).toEqual(['try webgpu', 'measure cpu', 'measure webgpu']);
  });

  it('is the fastest of all three, and tells them in order', async () => {
    const { asked: _, ...options } = machine({ cpu: { time: 40 }, cuda: { time: 0.5 }, webgpu: { time: 7 } });
    expect(await chooseDevice('auto', options)).toEqual({
      device: 'cuda',
      reason: '0.5 ms for a convolution; webgpu 7 ms; cpu 40 ms',
    });
  });

  it('passes over a device that gives up while it is measured', async () => {
    const { asked: _, ...options } = machine({
      cpu: { time: 40 },
      cuda: { time: 'out of memory\nand many lines' },
      webgpu: noWebgpu,
    });
    expect(await chooseDevice('auto', options)).toEqual({
      device: 'cpu',
      reason: '40 ms for a convolution; webgpu: no driver; cuda: out of memory',
    });
  });
});

describe('auto on resume', () => {
  const all = { cpu: { time: 40 }, cuda: { time: 1 }, webgpu: { time: 7 } };

  it.each(devices)('stays on %s, on which the run began, whatever is faster', async (begunOn) => {
    const { asked, ...options } = machine(all);
    expect(await chooseDevice('auto', { ...options, begunOn })).toEqual({
      device: begunOn,
      reason: 'as the run began',
    });
    expect(asked).toEqual(begunOn === 'cpu' ? [] : [`try ${begunOn}`]);
  });

  it('chooses anew where that device works no longer', async () => {
    const { asked: _, ...options } = machine({ ...all, webgpu: { trial: 'it has no driver any more' }, cuda: noCuda });
    expect(await chooseDevice('auto', { ...options, begunOn: 'webgpu' })).toEqual({
      device: 'cpu',
      reason: 'cuda: no library; webgpu: it has no driver any more',
    });
  });

  it('does not hinder another that is asked for by name', async () => {
    const { asked: _, ...options } = machine(all);
    expect((await chooseDevice('cuda', { ...options, begunOn: 'cpu' })).device).toBe('cuda');
  });
});

describe('a device by name', () => {
  it.each(devices)('%s is tried, not measured', async (device) => {
    const { asked, ...options } = machine({});
    expect(await chooseDevice(device, options)).toEqual({ device, reason: 'as requested' });
    expect(asked).toEqual([`try ${device}`]);
  });

  it.each<readonly [Device, Fake, readonly string[]]>([
    [
      'cuda',
      noCuda,
      [
        "device 'cuda' does not work here: no library. ",
        'onnxruntime-node/script/install.js`',
        'cuDNN 9',
        'leave device out',
      ],
    ],
    ['webgpu', { trial: 'no adapter' }, ["device 'webgpu' does not work here: no adapter. ", 'Vulkan']],
    ['cpu', { trial: 'no memory' }, ["device 'cpu' does not work here: no memory. ", 'npm install']],
  ])('%s that does not work is refused with what it needs', async (device, fake, parts) => {
    const { asked: _, ...options } = machine({ [device]: fake });
    const choice = chooseDevice(device, options);
    await expect(choice).rejects.toThrow(AtelierError);
    for (const part of parts) await expect(choice).rejects.toThrow(part);
  });
});

describe('this machine', () => {
  it('computes on its processor', async () => {
    expect(machineProbe.absence('cpu')).toBeNull();
    expect(await machineProbe.trial('cpu', 1)).toBeNull();
    expect(await machineProbe.convolutionTime('cpu', 1)).toBeGreaterThan(0);
    expect(await chooseDevice('cpu', { threads: 1 })).toEqual({ device: 'cpu', reason: 'as requested' });
  });

  const cuda = existsSync(
    `node_modules/onnxruntime-node/bin/napi-v6/linux/${process.arch}/libonnxruntime_providers_cuda.so`,
  );
  it.skipIf(cuda || process.platform !== 'linux')('says what it lacks for cuda, and how to get it', async () => {
    const missing = 'libonnxruntime_providers_cuda.so is not installed';
    expect(machineProbe.absence('cuda')).toBe(missing);
    await expect(chooseDevice('cuda', { threads: 1 })).rejects.toThrow(
      `device 'cuda' does not work here: ${missing}. It needs an NVIDIA GPU with its driver`,
    );
    expect((await chooseDevice('auto', { threads: 1 })).reason).toContain(`cuda: ${missing}`);
  });
});

it('isDevice knows the names of devices, and no others', () => {
  expect(devices.every(isDevice)).toBe(true);
  expect([undefined, '', 'auto', 'gpu'].some(isDevice)).toBe(false);
});
