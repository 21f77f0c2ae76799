import { UsageError } from '../errors.ts';
import { type SettingName, said, setting, type Text } from '../message.ts';

/** What is chosen from: so many things, counted from 0. */
export interface RangeLimits {
  /** The setting that holds the text. */
  readonly option: SettingName;
  /** What is counted, in the singular: 'image', 'channel'. */
  readonly what: string;
  /** What they are in: 'the test split', 'conv1'. */
  readonly where: string;
  readonly count: number;
}

/**
 * The numbers that a text such as `0-63,100,7` stands for, in its order, each once.
 *
 * @throws UsageError where a part is neither a number nor a range, or is beyond what there is
 */
export function parseRanges(text: string, { option, what, where, count }: RangeLimits): readonly number[] {
  const invalid = (problem: Text) => new UsageError(said`${setting(option)}: ${problem}`, { code: 'invalid-setting' });
  const numbers = new Set<number>();
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const [, first = '', last = first] = /^(\d{1,9})(?:\s*-\s*(\d{1,9}))?$/.exec(part) ?? [];
    if (first === '')
      throw invalid(
        said`'${part}' is neither a number nor a range. Write them like this: ${setting(option, '0-63,100,7')}`,
      );
    const [from, to] = [Number(first), Number(last)];
    if (from > to) throw invalid(`the range '${part}' ends before it begins; write ${to}-${from}`);
    if (to >= count)
      throw invalid(
        `there is no ${what} ${to} in ${where}; there are ${count.toLocaleString('en')}: 0 to ${count - 1}`,
      );
    for (let number = from; number <= to; number += 1) numbers.add(number);
  }
  return [...numbers];
}
