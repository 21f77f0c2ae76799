/** Half precision: IEEE 754 binary16, one sign bit, five of exponent, ten of fraction. */

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);
const notANumber = 0x7e00;
/** The bits of infinity; with a sign before them, of minus infinity. */
export const halfInfinity = 0x7c00;

/** The bits of the half nearest to a float32, ties to even; infinities from 65,520 on. */
export function toHalf(number: number): number {
  single[0] = number;
  const bits = singleBits[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fff_ffff;
  if (size > 0x7f80_0000) return notANumber;
  // 2¹⁶ and more, exponent 127 + 16.
  if (size >= 0x4780_0000) return sign | halfInfinity;
  // Below 2⁻¹⁴ halves count in steps of 2⁻²⁴: adding ½ puts float32's last bit (2⁻²⁴ from ½ to 1) there, so that it rounds.
  if (size < 0x3880_0000) {
    single[0] = Math.abs(number) + 0.5;
    return sign | ((singleBits[0] ?? 0) - 0x3f00_0000);
  }
  // Rebias the exponent from 127 to 15 and round the 13 bits that go; a carry moves on into the exponent, up to infinity.
  const odd = (size >>> 13) & 1;
  return sign | ((size - 0x3800_0000 + 0xfff + odd) >>> 13);
}

/** The number that the bits of a half stand for. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
