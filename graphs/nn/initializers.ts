/**
 * PyTorch's initializations. The uniform ones, its defaults, are the same bit for bit: the same generator (MT19937, given by
 * the caller) consumed in the same order gives the same float32 weights.
 */

/** Where random bits come from: the next 32 of them, uniformly distributed, as an unsigned number. */
export interface BitSource {
  nextUint32(): number;
}

/** Fills a new parameter of `count` elements. */
export type ParameterInitializer = (count: number, bits: BitSource) => Float32Array;

/**
 * PyTorch's `uniform_(-bound, bound)` for float32 on the CPU: the low 24 bits of each draw times 2⁻²⁴, scaled and
 * shifted in double precision (the accumulation type of float there), with bounds and their difference in single
 * (ATen/core/TransformationHelper.h, `uniform_real`).
 */
export function uniform(bound: number): ParameterInitializer {
  return (count, bits) => {
    const from = Math.fround(-bound);
    const range = Math.fround(Math.fround(bound) - from);
    return Float32Array.from({ length: count }, () => {
      const unit = (bits.nextUint32() & 0xff_ff_ff) * 2 ** -24;
      return Math.fround(unit * range + from);
    });
  };
}

/**
 * `kaiming_uniform_(a=√5)`, the default of Conv2d's and Linear's weights: gain √(2 / (1 + a²)), bound √3 gain / √fan_in.
 * In real numbers that is 1/√fan_in; it is computed in PyTorch's order, so that it rounds as PyTorch does.
 */
export function kaimingUniform(fanIn: number): ParameterInitializer {
  const gain = Math.sqrt(2 / (1 + Math.sqrt(5) ** 2));
  return uniform(Math.sqrt(3) * (gain / Math.sqrt(fanIn)));
}

/** Uniform in ±1/√fan_in, the default of Conv2d's and Linear's biases. */
export function fanInUniform(fanIn: number): ParameterInitializer {
  return uniform(1 / Math.sqrt(fanIn));
}

/** Every element the same; consumes no randomness. */
export function constant(value: number): ParameterInitializer {
  return (count) => new Float32Array(count).fill(value);
}

/** Glorot's uniform initialization (2010): bound √(6 / (fan_in + fan_out)); the order of PyTorch's `xavier_uniform_`. */
export function xavierUniform(fanIn: number, fanOut: number): ParameterInitializer {
  return uniform(Math.sqrt(3) * Math.sqrt(2 / (fanIn + fanOut)));
}

/**
 * Normally distributed around 0, by the transformation of Box and Muller (1958) in double precision. It has PyTorch's
 * distribution, and not its numbers, which depend on the processor's vector instructions there.
 */
export function normal(deviation: number): ParameterInitializer {
  return (count, bits) => {
    const draw = normalDraws(bits);
    return Float32Array.from({ length: count }, () => deviation * draw());
  };
}

/** As `normal`, with numbers beyond two (timm's `trunc_normal_`: two in absolute terms, far out for small deviations) drawn anew. */
export function truncatedNormal(deviation: number): ParameterInitializer {
  return (count, bits) => {
    const draw = normalDraws(bits);
    return Float32Array.from({ length: count }, () => {
      let value = deviation * draw();
      while (Math.abs(value) > 2) value = deviation * draw();
      return value;
    });
  };
}

/** He's normal initialization (2015) for ReLU: deviation √(2 / fan); torchvision's networks take the fan of the outputs. */
export function kaimingNormal(fan: number): ParameterInitializer {
  return normal(Math.sqrt(2 / fan));
}

/** Numbers of the standard normal distribution, two from two draws. */
function normalDraws(bits: BitSource): () => number {
  let next: number | null = null;
  return () => {
    if (next !== null) {
      const kept = next;
      next = null;
      return kept;
    }
    // Above 0, where the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log((bits.nextUint32() + 1) * 2 ** -32));
    const angle = 2 * Math.PI * bits.nextUint32() * 2 ** -32;
    next = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
