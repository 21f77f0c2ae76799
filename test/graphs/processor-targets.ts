/** The targets whose graphs this processor can run, for tests that shall hold in each of them. */
import { describe } from 'vitest';
import type { TargetName } from '../../graphs/targets/compile.ts';
import type { BlockSize } from '../../graphs/targets/cpu-nchwc/layout.ts';
import { detectBlockSize } from '../../src/runtime/blocked-layout.ts';

/** How many channels this processor's blocked layout has side by side; null where the runtime has none for it. */
export const processorBlock: BlockSize | null = await detectBlockSize();

/** `portable`, and the blocked layout where there is one. */
export const processorTargets: readonly TargetName[] = [
  'portable',
  ...(processorBlock === null ? [] : [`cpu-nchwc${processorBlock}` as const]),
];

/** Runs the same tests for each of `processorTargets`, and says where one is missing. */
export function describeTargets(tests: (name: TargetName) => void): void {
  describe('portable', () => tests('portable'));
  describeBlocked((block) => tests(`cpu-nchwc${block}`));
}

/** Tests that only the blocked layout has. Where this processor has none they are skipped, and their title says why. */
export function describeBlocked(tests: (block: BlockSize) => void): void {
  const reason = 'skipped: the runtime has no blocked layout on this processor';
  if (processorBlock === null) describe.skip(`cpu-nchwc (${reason})`, () => tests(8));
  else describe(`cpu-nchwc${processorBlock}`, () => tests(processorBlock));
}
