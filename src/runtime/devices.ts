import { listSupportedBackends } from 'onnxruntime-node';
import { AtelierError } from '../errors.ts';
import type { Device, DeviceRequest } from './device-names.ts';

export interface DeviceChoice {
  readonly device: Device;
  /** Why this one, for the log. */
  readonly reason: string;
}

/**
 * The device that a request comes down to: `auto` takes the best that works here. Throws AtelierError for a device that
 * the installed onnxruntime does not have.
 */
export function chooseDevice(request: DeviceRequest): DeviceChoice {
  const bundled = new Set(listSupportedBackends().map(({ name }) => name));
  const device = request === 'auto' ? 'cpu' : request;
  if (!bundled.has(device))
    throw new AtelierError(
      `device '${device}' is not part of the installed onnxruntime-node; it has: ${[...bundled].join(', ')}`,
    );
  return { device, reason: request === 'auto' ? 'the one that training runs on so far' : 'as requested' };
}
