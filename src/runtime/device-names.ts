/** Where a session computes. Each has the name that onnxruntime gives its execution provider. */
export const devices = ['cpu', 'cuda', 'webgpu'] as const;
export type Device = (typeof devices)[number];

/** What may be asked for. */
export const deviceRequests = ['auto', ...devices] as const;
export type DeviceRequest = (typeof deviceRequests)[number];

/** True where a device of that name exists. */
export function isDevice(name: string | undefined): name is Device {
  return devices.some((known) => known === name);
}
