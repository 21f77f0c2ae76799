import type { Device } from '../../runtime/device-names.ts';

/**
 * Several steps in one call: as the turns of a Scan, whose one graph serves any number of them, or written out one after the other in a
 * graph of their own.
 */
export type Together = 'scan' | 'unrolled';

/** How a device makes several steps in one call. The providers of GPUs leave control flow, such as Scan, to the processor. */
export function togetherOn({ device }: { readonly device: Device }): Together {
  return device === 'cpu' ? 'scan' : 'unrolled';
}
