import { AtelierError } from './errors.ts';

/**
 * Does some work on each item, several at a time, and yields the results in the items' order. The next item is asked for
 * only when fewer than `limit` are under way: so inference that produces the items, compression in the thread pool and a
 * consumer that writes files run beside each other, in bounded memory.
 *
 * @param limit how many are under way at once, from 1
 * @throws AtelierError where the limit is no such number; whatever an item or the work on it throws, when its turn comes
 */
export async function* mapAhead<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, void> {
  if (!Number.isInteger(limit) || limit < 1) {
    throw new AtelierError(`internal: ${limit} items under way at once, expected a whole number from 1`);
  }
  const underWay: Promise<Result>[] = [];
  for await (const item of items) {
    const result = work(item);
    // Its failure is reported when its turn comes, or never, if an earlier one ends the loop: not as unhandled.
    result.catch(() => undefined);
    underWay.push(result);
    if (underWay.length >= limit) yield* underWay.splice(0, 1);
  }
  yield* underWay;
}
