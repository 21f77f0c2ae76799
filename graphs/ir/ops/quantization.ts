/** Whole numbers that stand for real ones: real = (whole - zero point) scale. */
import type { DataType, Shape } from '../types.ts';
import { define, type Operands, optional } from './definition.ts';
import { floating, normalizeAxes } from './rules.ts';

/** Scale and zero point are scalars, or one for each slice along `axis`. */
function parameterShape(x: Operands, axis: number): Shape {
  const shape = x.shape(1);
  if (shape.length === 0) return shape;
  const [at = 0] = normalizeAxes(x, [axis], x.shape(0).length);
  return [x.dimension(0, at)];
}

function checkWhole(x: Operands, index: number, allowed: readonly DataType[]): DataType {
  const { dtype } = x.type(index);
  if (!allowed.includes(dtype)) throw x.error(`input ${index} must be ${allowed.join(' or ')}, got ${dtype}`);
  return dtype;
}

export const quantization = {
  /** y = saturate(round(x / y_scale) + y_zero_point), halves to even, in the type of the zero point. */
  QuantizeLinear: define({
    domain: '',
    inputs: ['x', 'y_scale', 'y_zero_point'],
    outputs: ['y'],
    attributes: { axis: optional('int') },
    infer: (x, { axis = 1 }) => {
      const parameters = parameterShape(x, axis);
      x.expect(1, floating(x, 0).dtype, parameters);
      const dtype = checkWhole(x, 2, ['uint8', 'int8']);
      x.expect(2, dtype, parameters);
      return [{ dtype, shape: x.shape(0) }];
    },
  }),
  /** y = (x - x_zero_point) x_scale, in the type of the scale. */
  DequantizeLinear: define({
    domain: '',
    inputs: ['x', 'x_scale', { optional: 'x_zero_point' }],
    outputs: ['y'],
    attributes: { axis: optional('int') },
    infer: (x, { axis = 1 }) => {
      const whole = checkWhole(x, 0, ['uint8', 'int8', 'int32']);
      const parameters = parameterShape(x, axis);
      const { dtype } = floating(x, 1);
      x.expect(1, dtype, parameters);
      if (x.has(2)) x.expect(2, whole, parameters);
      return [{ dtype, shape: x.shape(0) }];
    },
  }),
};
