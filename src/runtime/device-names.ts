/** Where a session computes. Each has the name that onnxruntime gives its execution provider. */
export const devices = ['cpu', 'cuda', 'webgpu'] as const;
export type Device = (typeof devices)[number];

/** What may be asked for. */
export const deviceRequests = ['auto', ...devices] as const;
export type DeviceRequest = (typeof deviceRequests)[number];
