import { join } from 'node:path';

/** One thread and the processor: two test files run beside each other, and these tests compare bytes, not speed. */
export const machine = ['--device', 'cpu', '--threads', '1'] as const;

/** A training that takes a second: three steps an epoch, the last of them with a part of a batch. */
export const tiny = [...machine, '--limit-train', '100', '--limit-val', '40', '--batch-size', '40'] as const;

/** Where Debian's package and a download put the data set; the program looks there by itself. */
export const debianFolder = '/usr/share/datasets/fashion-mnist';

export function checkpointOf(run: string, which: 'last' | 'best' = 'last'): string {
  return join(run, 'checkpoints', `${which}.safetensors`);
}
