/** `train --device auto`, and on which device a run goes on. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { machineProbe } from '../../src/runtime/device-probe.ts';
import { readRunConfig } from '../../src/training/config/run-config.ts';
import { driverSettings, softwareDriver } from '../runtime/software-driver.ts';
import { workFolder } from './folders.ts';
import { atelier, logOf, type Outcome, succeed, warningsOf } from './program.ts';
import { tiny } from './settings.ts';

const work = workFolder();
const [, , ...sizes] = tiny;
const begin = ['train', 'm1', ...sizes, '--epochs', '1', '--target', 'portable', '--max-steps', '1'];
const deviceOf = async (run: string) => (await readRunConfig(join(work, run))).device;
const deviceLine = (outcome: Outcome) => logOf(outcome).find(({ msg }) => msg.startsWith('device: '))?.msg;
const noDriver = machineProbe.absence('webgpu') !== null;

it('the sizes name no device', () => expect(sizes).not.toContain('--device'));

it.skipIf(!noDriver)('auto takes the processor, and says why each other device is out', async () => {
  const outcome = await succeed([...begin, '--run', 'plain'], work);
  expect(deviceLine(outcome)).toMatch(/^device: cpu \(cuda: .+; webgpu: no Vulkan driver is installed\)$/);
  expect(await deviceOf('plain')).toEqual({ requested: 'auto', used: 'cpu' });
});

it.skipIf(!existsSync(softwareDriver))(
  'auto finds a driver in software too slow, and the process ends well',
  async () => {
    const outcome = await atelier([...begin, '--run', 'slow'], work, ['env', ...driverSettings]);
    expect(outcome, outcome.stderr).toMatchObject({ code: 0, signal: null });
    expect(deviceLine(outcome)).toMatch(/^device: cpu \([\d.]+ ms for a convolution; webgpu \d+ ms; cuda: .+\)$/);
    expect(await deviceOf('slow')).toEqual({ requested: 'auto', used: 'cpu' });
  },
);

it.skipIf(!existsSync(softwareDriver) || !noDriver)(
  'a run goes on where it was while that works, else elsewhere with a warning',
  async () => {
    await succeed([...begin, '--run', 'moving'], work);
    const path = join(work, 'moving', 'config.json');
    // As if it had been made on webgpu, where a step takes long without a GPU. None is left to be made.
    writeFileSync(path, readFileSync(path, 'utf8').replace('"used": "cpu"', '"used": "webgpu"'));
    const resume = ['train', 'm1', '--resume', '--run', 'moving', '--max-steps', '1'];
    const there = await atelier(resume, work, ['env', ...driverSettings]);
    expect(there, there.stderr).toMatchObject({ code: 0, signal: null });
    expect(deviceLine(there)).toBe('device: webgpu (as the run began)');
    expect(warningsOf(there)).toEqual([]);
    expect(await deviceOf('moving')).toEqual({ requested: 'auto', used: 'webgpu' });

    const elsewhere = await succeed(resume, work);
    expect(deviceLine(elsewhere)).toMatch(/^device: cpu \(.*webgpu: no Vulkan driver is installed\)$/);
    expect(warningsOf(elsewhere)).toEqual([
      "resuming with a difference: device.used: 'webgpu' in the run, 'cpu' requested",
    ]);
    expect(await deviceOf('moving')).toEqual({ requested: 'auto', used: 'cpu' });
  },
);
