import { expect, it } from 'vitest';
import { perSecond } from '../../src/text/numbers.ts';

it('a rate has a decimal where it is small, and its thousands apart', () => {
  expect([0.2792, 9.94, 12.6, 2820.4].map(perSecond)).toEqual(['0.3', '9.9', '13', '2,820']);
});
