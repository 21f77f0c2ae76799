import { GraphBuilder } from '../../graphs/ir/builder.ts';
import type { BlockSize } from '../../graphs/targets/cpu-nchwc/layout.ts';
import { Session } from './session.ts';
import { fromOrt, toOrt } from './tensors.ts';

/**
 * How many channels lie side by side in the CPU provider's blocked layout on this processor; null where it has none (the
 * provider then refuses its operators) or one that no target knows. The order in which a small tensor comes out tells.
 */
export async function detectBlockSize(): Promise<BlockSize | null> {
  const [channels, width] = [32, 2];
  const b = new GraphBuilder('blocked layout');
  b.output('blocked', b.op('ReorderInput', [b.input('plain', 'float32', [1, channels, 1, width])], {}));
  let order: ArrayLike<number | bigint>;
  try {
    const session = await Session.create(b.finish(), { device: 'cpu', threads: 1 });
    const plain = Float32Array.from({ length: channels * width }, (_, i) => i);
    const { blocked } = await session.run({
      plain: toOrt({ dtype: 'float32', shape: [1, channels, 1, width], data: plain }),
    });
    await session.release();
    if (!blocked) return null;
    order = fromOrt(blocked, 'blocked').data;
  } catch {
    return null;
  }
  // Channel 0 at position 1 comes after the block's channels at position 0.
  const found = Array.from(order, Number).indexOf(1);
  return found === 8 || found === 16 ? found : null;
}
