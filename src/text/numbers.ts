/** A share in percent: `54.2 %`. */
export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** A probability in percent, rounded down, so that only certainty is 100 %. */
export function percentAtLeast(probability: number): string {
  return `${(Math.floor(probability * 1000) / 10).toFixed(1)} %`;
}

/** A whole number with its thousands apart: `12,345`. */
export function thousands(number: number): string {
  return number.toLocaleString('en');
}

const smallNumbers = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');

/** A count as it stands in a sentence: in words up to twelve. */
export function inWords(count: number): string {
  return smallNumbers[count] ?? thousands(count);
}

/** A rate as people read it: whole, with a decimal where it is small. */
export function perSecond(rate: number): string {
  return rate < 10 ? rate.toFixed(1) : thousands(Math.round(rate));
}
