/** Functions of single elements: any shape, float32. */

import type { GraphBuilder } from '../../ir/builder.ts';
import { GraphError, type Value } from '../../ir/types.ts';
import type { Module } from '../module.ts';
import { stateless } from './stateless.ts';

/** max(x, 0). */
export function relu(name: string): Module {
  return stateless(name, 'ReLU', (f, x) => f.b.op('Relu', [x], {}));
}

/** min(max(x, 0), 6). */
export function relu6(name: string): Module {
  return stateless(name, 'ReLU6', (f, x) => f.b.op('Clip', [x, f.b.scalar(0), f.b.scalar(6)], {}));
}

/** x above 0, `negativeSlope` x below. */
export function leakyRelu(name: string, negativeSlope = 0.01): Module {
  checkFinite(negativeSlope, `${name}: negative slope`);
  return stateless(name, `LeakyReLU(${negativeSlope})`, (f, x) => f.b.op('LeakyRelu', [x], { alpha: negativeSlope }));
}

/** x above 0, `alpha` (eˣ - 1) below (Clevert et al., 2016). */
export function elu(name: string, alpha = 1): Module {
  checkFinite(alpha, `${name}: alpha`);
  return stateless(name, `ELU(${alpha})`, (f, x) => f.b.op('Elu', [x], { alpha }));
}

/** x σ(x) (Elfwing et al., 2018; also known as swish). */
export function silu(name: string): Module {
  return stateless(name, 'SiLU', (f, x) => f.b.mul(x, f.b.op('Sigmoid', [x], {})));
}

/**
 * x Φ(x) with the normal distribution's Φ (Hendrycks and Gimpel, 2016): exactly, x/2 (1 + erf(x/√2)), or as
 * x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))).
 */
export function gelu(name: string, approximate: 'none' | 'tanh' = 'none'): Module {
  const description = approximate === 'none' ? 'GELU' : 'GELU(tanh)';
  const inner = approximate === 'none' ? exactBell : tanhBell;
  return stateless(name, description, ({ b }, x) => b.mul(b.mul(x, b.add(inner(b, x), b.scalar(1))), b.scalar(0.5)));
}

function exactBell(b: GraphBuilder, x: Value): Value {
  return b.op('Erf', [b.mul(x, b.scalar(Math.SQRT1_2))], {});
}

function tanhBell(b: GraphBuilder, x: Value): Value {
  const cube = b.mul(b.mul(x, x), b.mul(x, b.scalar(0.044715)));
  return b.op('Tanh', [b.mul(b.add(x, cube), b.scalar(Math.sqrt(2 / Math.PI)))], {});
}

/** 1 / (1 + e⁻ˣ). */
export function sigmoid(name: string): Module {
  return stateless(name, 'Sigmoid', (f, x) => f.b.op('Sigmoid', [x], {}));
}

/** (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ). */
export function tanh(name: string): Module {
  return stateless(name, 'Tanh', (f, x) => f.b.op('Tanh', [x], {}));
}

/** x/6 + 1/2 between -3 and 3, 0 below and 1 above (Howard et al., 2019). */
export function hardsigmoid(name: string): Module {
  return stateless(name, 'Hardsigmoid', ({ b }, x) => sixth(b, x));
}

/** x hardsigmoid(x) (Howard et al., 2019). */
export function hardswish(name: string): Module {
  return stateless(name, 'Hardswish', ({ b }, x) => b.mul(x, sixth(b, x)));
}

function sixth(b: GraphBuilder, x: Value): Value {
  return b.op('HardSigmoid', [x], { alpha: 1 / 6, beta: 0.5 });
}

/** ln(1 + e^(βx)) / β, a smooth max(x, 0). */
export function softplus(name: string, beta = 1): Module {
  checkFinite(beta, `${name}: beta`);
  if (beta <= 0) throw new GraphError(`${name}: beta: expected a number above 0, got ${beta}`);
  return stateless(name, beta === 1 ? 'Softplus' : `Softplus(${beta})`, ({ b }, x) =>
    beta === 1
      ? b.op('Softplus', [x], {})
      : b.mul(b.op('Softplus', [b.mul(x, b.scalar(beta))], {}), b.scalar(1 / beta)),
  );
}

function checkFinite(value: number, what: string): void {
  if (!Number.isFinite(value)) throw new GraphError(`${what}: expected a number, got ${value}`);
}
