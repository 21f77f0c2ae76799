/** Changes of bytes, whatever they mean. */
import type { Dice } from './dice.ts';

/** Makes another file of a valid one; `other` is a valid one of the same or of another kind. */
export type Mutator = (file: Buffer, dice: Dice, other: Buffer) => Buffer;

function changed(file: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(file);
  if (copy.length > 0) change(copy);
  return copy;
}

const flipBit: Mutator = (file, dice) =>
  changed(file, (copy) => {
    const at = dice.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << dice.below(8));
  });

const changeBytes: Mutator = (file, dice) =>
  changed(file, (copy) => {
    for (let times = 1 + dice.below(4); times > 0; times -= 1) copy[dice.below(copy.length)] = dice.below(256);
  });

const cut: Mutator = (file, dice) => {
  const [from, to] = [dice.below(file.length + 1), dice.below(file.length + 1)];
  return dice.chance(0.5)
    ? file.subarray(0, from)
    : Buffer.concat([file.subarray(0, Math.min(from, to)), file.subarray(Math.max(from, to))]);
};

const insert: Mutator = (file, dice) => {
  const at = dice.below(file.length + 1);
  return Buffer.concat([file.subarray(0, at), dice.bytes(1 + dice.below(16)), file.subarray(at)]);
};

const splice: Mutator = (file, dice, other) =>
  Buffer.concat([file.subarray(0, dice.below(file.length + 1)), other.subarray(dice.below(other.length + 1))]);

const repeatBlock: Mutator = (file, dice) => {
  const from = dice.below(file.length + 1);
  const block = file.subarray(from, from + 1 + dice.below(64));
  return Buffer.concat([
    file.subarray(0, from),
    ...Array.from({ length: 1 + dice.below(dice.chance(0.01) ? 10_000 : 4) }, () => block),
    file.subarray(from),
  ]);
};

const zeros: Mutator = (file, dice) =>
  changed(file, (copy) => {
    const from = dice.below(copy.length);
    copy.fill(dice.pick([0, 255]), from, Math.min(copy.length, from + 1 + dice.below(32)));
  });

export const byteMutators: readonly Mutator[] = [flipBit, changeBytes, cut, insert, splice, repeatBlock, zeros];
