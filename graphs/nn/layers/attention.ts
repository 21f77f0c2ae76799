import { GraphError, type Value } from '../../ir/types.ts';
import type { Forward } from '../forward.ts';
import { constant, kaimingUniform, type ParameterInitializer, xavierUniform } from '../initializers.ts';
import type { Module } from '../module.ts';
import type { ParameterSpec } from '../specs.ts';
import { checkCount } from './window.ts';

/** The names of an attention layer's parameters: torch.nn.MultiheadAttention's, or timm's. */
const namings = {
  torch: { inWeight: 'in_proj_weight', inBias: 'in_proj_bias', out: 'out_proj' },
  timm: { inWeight: 'qkv.weight', inBias: 'qkv.bias', out: 'proj' },
} as const;

/** What an attention layer can be told beside its sizes; PyTorch's defaults where nothing is said. */
export interface AttentionOptions {
  /** Probability of dropping a weight of the attention in training; 0 by default. */
  readonly dropout?: number;
  /** Whose names the parameters have: `in_proj_weight`, `out_proj.weight` (torch, by default) or `qkv.weight`, `proj.weight` (timm). */
  readonly naming?: keyof typeof namings;
  /** How both weights begin; PyTorch's defaults are `xavierUniform` of the first and `kaimingUniform` of the second. */
  readonly initialize?: ParameterInitializer;
}

/**
 * Self-attention of several heads (Vaswani et al., 2017): tokens [N,T,width] -> [N,T,width]. With Q, K, V the three linear
 * maps of the tokens, each head gives softmax(Q Kᵀ / √(width/heads)) V, and a fourth linear map takes them together.
 *
 * @throws GraphError where the width does not divide into the heads
 */
export function multiheadAttention(name: string, width: number, heads: number, options: AttentionOptions = {}): Module {
  checkCount(width, `${name}: width`);
  checkCount(heads, `${name}: heads`);
  if (width % heads !== 0)
    throw new GraphError(`${name}: a width of ${width} does not divide into ${heads} heads; choose a divisor`);
  const { dropout = 0, naming = 'torch', initialize } = options;
  const names = namings[naming];
  const spec = (part: string, shape: readonly number[], start: ParameterInitializer): ParameterSpec => ({
    name: `${name}.${part}`,
    shape,
    initialize: start,
  });
  const inWeight = spec(names.inWeight, [3 * width, width], initialize ?? xavierUniform(width, 3 * width));
  const inBias = spec(names.inBias, [3 * width], constant(0));
  const outWeight = spec(`${names.out}.weight`, [width, width], initialize ?? kaimingUniform(width));
  const outBias = spec(`${names.out}.bias`, [width], constant(0));

  const forward = (f: Forward, x: Value): Value => {
    const { b } = f;
    const [, tokens, found] = x.shape;
    if (x.shape.length !== 3 || found !== width || typeof tokens !== 'number')
      throw new GraphError(`${name}: expected tokens [N,T,${width}], got [${x.shape.join(',')}]`);
    const size = width / heads;
    const linear = (data: Value, weight: Value, bias: Value) =>
      b.add(b.op('MatMul', [data, b.op('Transpose', [weight], { perm: [1, 0] })], {}), bias);
    /** One of the three maps, by heads: [N,heads,T,size] under the identity of `perm`. */
    const mapped = (part: number, perm: readonly number[]) => {
      const rows = (value: Value) =>
        b.op('Slice', [value, b.ints(part * width), b.ints((part + 1) * width), b.ints(0), b.ints(1)], {});
      const y = linear(x, rows(f.parameter(inWeight)), rows(f.parameter(inBias)));
      return b.op('Transpose', [b.op('Reshape', [y, b.ints(0, tokens, heads, size)], {})], { perm });
    };
    const query = b.mul(mapped(0, [0, 2, 1, 3]), b.scalar(1 / Math.sqrt(size)));
    const key = mapped(1, [0, 2, 3, 1]);
    const value = mapped(2, [0, 2, 1, 3]);
    const weights = b.op('Softmax', [b.op('MatMul', [query, key], {})], { axis: 3 });
    const kept = dropped(f, weights);
    const together = b.op('Transpose', [b.op('MatMul', [kept, value], {})], { perm: [0, 2, 1, 3] });
    const lying = b.op('Reshape', [together, b.ints(0, tokens, width)], {});
    return linear(lying, f.parameter(outWeight), f.parameter(outBias));
  };
  const dropped = (f: Forward, weights: Value): Value => {
    if (!f.training || dropout === 0) return weights;
    const mask = f.mask(`${name}.mask`, weights.shape.map(Number), dropout);
    return f.b.op('MaskedDropout', [weights, mask], { ratio: dropout });
  };
  const said = dropout === 0 ? '' : `, dropout=${dropout}`;
  return {
    name,
    description: `MultiheadAttention(${width}, heads=${heads}${said})`,
    parameters: [inWeight, inBias, outWeight, outBias],
    buffers: [],
    children: [],
    forward,
  };
}
