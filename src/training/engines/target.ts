import { type TargetName, targets } from '../../../graphs/targets/compile.ts';
import { AtelierError, messageOf, UsageError } from '../../errors.ts';
import { said, setting } from '../../message.ts';
import { detectBlockSize } from '../../runtime/blocked-layout.ts';
import type { Device } from '../../runtime/device-names.ts';
import type { EngineName } from './engine-names.ts';
import { largestDifference } from './probe.ts';
import type { TargetRequest } from './target-names.ts';

export interface TargetChoice {
  readonly target: TargetName;
  /** Why this one, for the log. */
  readonly reason: string;
}

/**
 * How far gradients in the blocked layout may be from the portable ones, relative to a tensor's largest element: two orders
 * above what other orders of summation make (1e-6), and three below what a wrong layout would.
 */
const tolerance = 1e-4;

/**
 * What an engine's graphs are lowered to. On the processor that is its blocked layout, once a small net has been trained for
 * a step in it and in the portable form with the same results; else standard operators.
 *
 * @throws UsageError where the engine or the device has no such target, AtelierError where `cpu-nchwc` was asked for by name
 *   and does not work on this processor
 */
export async function chooseTarget(engine: EngineName, device: Device, request: TargetRequest): Promise<TargetChoice> {
  if (engine === 'ort-training') {
    if (request !== 'auto')
      throw new UsageError(
        said`${setting('target', request)}: the ${engine} engine has graphs of its own. Leave ${setting('target')} out, or use ${setting('engine', 'native')}.`,
        { code: 'settings-exclude-each-other' },
      );
    return { target: 'ort-training', reason: "the runtime's own training operators" };
  }
  if (device !== 'cpu') {
    if (request === 'cpu-nchwc')
      throw new UsageError(
        said`${setting('target', request)}: device ${device} does not have it. Leave ${setting('target')} out.`,
        {
          code: 'target-unavailable',
        },
      );
    return { target: 'portable', reason: `standard operators, as device ${device} has them` };
  }
  if (request === 'portable') return { target: 'portable', reason: 'as requested' };
  const blocked = await blockedTarget();
  if (typeof blocked !== 'string') return blocked;
  if (request === 'auto') return { target: 'portable', reason: blocked };
  throw new AtelierError(
    said`${setting('target', 'cpu-nchwc')} does not work here: ${blocked}. Leave ${setting('target')} out, or use portable.`,
    {
      code: 'target-unavailable',
    },
  );
}

/** The blocked layout of this processor, or why it cannot be used. */
export async function blockedTarget(): Promise<TargetChoice | string> {
  const block = await detectBlockSize();
  if (block === null) return 'the runtime has no blocked layout of 8 or 16 channels on this processor';
  const target = `cpu-nchwc${block}` as const;
  try {
    const difference = await largestDifference(targets[target], targets.portable);
    if (difference <= tolerance)
      return { target, reason: `blocks of ${block} channels; gradients agree to ${difference.toExponential(0)}` };
    return `in blocks of ${block} channels gradients differ by ${difference.toExponential(0)} from the portable ones`;
  } catch (error) {
    return `the runtime refuses blocks of ${block} channels: ${messageOf(error)}`;
  }
}
