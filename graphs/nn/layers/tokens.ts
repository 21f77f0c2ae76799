/** From images to tokens, what is added to them, and back. */
import type { GraphBuilder } from '../../ir/builder.ts';
import { float32, GraphError, staticShape, type Value } from '../../ir/types.ts';
import { normal, type ParameterInitializer, truncatedNormal } from '../initializers.ts';
import type { Module } from '../module.ts';
import type { ParameterSpec } from '../specs.ts';
import { stateless } from './stateless.ts';

/** Every position of [N,C,H,W] as a token, row by row: [N,H·W,C]. */
export function imageToTokens(name: string): Module {
  return stateless(name, 'Flatten(2), transpose', ({ b }, x) => {
    const [channels = 0, height = 0, width = 0] = staticShape(x.shape.slice(1), name);
    const lying = b.op('Reshape', [x, b.ints(0, channels, height * width)], {});
    return b.op('Transpose', [lying], { perm: [0, 2, 1] });
  });
}

/** A trained token before the others: [N,T,width] -> [N,T+1,width]. Its parameter has the layer's own name, [1,1,width]. */
export function classToken(name: string, width: number, initialize: ParameterInitializer = normal(1e-6)): Module {
  const token: ParameterSpec = { name, shape: [1, 1, width], initialize };
  return {
    name,
    description: `ClassToken(${width})`,
    parameters: [token],
    buffers: [],
    children: [],
    forward: (f, x) => {
      tokensOf(x, width, name);
      return f.b.op('Concat', [repeated(f.b, f.parameter(token), x), x], { axis: 1 });
    },
  };
}

/** [1,1,E] once for each image of x [N,T,E], also where nobody knows yet how many there are. */
function repeated(b: GraphBuilder, token: Value, x: Value): Value {
  const [images, , width] = x.shape;
  if (typeof images === 'number') return b.op('Expand', [token, b.ints(images, 1, Number(width))], {});
  const first = b.op('Slice', [x, b.ints(0), b.ints(1), b.ints(1), b.ints(1)], {});
  // Nothing is greater than itself: zeros, whatever the images hold.
  return b.add(b.cast(b.op('Greater', [first, first], {}), 'float32'), token);
}

/** A trained vector added to each token (Dosovitskiy et al., 2021): parameter [1,tokens,width] under the layer's own name. */
export function positionEmbedding(
  name: string,
  tokens: number,
  width: number,
  initialize: ParameterInitializer = truncatedNormal(0.02),
): Module {
  const positions: ParameterSpec = { name, shape: [1, tokens, width], initialize };
  return {
    name,
    description: `PositionEmbedding(${tokens}, ${width})`,
    parameters: [positions],
    buffers: [],
    children: [],
    forward: (f, x) => {
      if (tokensOf(x, width, name) !== tokens)
        throw new GraphError(
          `${name}: expected ${tokens} tokens, got ${String(x.shape[1])}; embeddings are for one number of them`,
        );
      return f.b.add(x, f.parameter(positions));
    },
  };
}

/**
 * Sines and cosines added to each token [N,T,E], E even (Vaswani et al., 2017, section 3.5): element 2i of token t gets
 * sin(t / 10000^(2i/E)), element 2i + 1 the cosine.
 */
export function sinusoidalEmbedding(name: string): Module {
  return stateless(name, 'SinusoidalEmbedding', ({ b }, x) => {
    const [tokens = 0, width = 0] = staticShape(x.shape.slice(1), name);
    if (x.shape.length !== 3 || width % 2 !== 0)
      throw new GraphError(`${name}: expected tokens [N,T,E] of an even width, got [${x.shape.join(',')}]`);
    const values = Array.from({ length: tokens * width }, (_, at) => {
      const [token, element] = [Math.floor(at / width), at % width];
      const angle = token / 10_000 ** ((element - (element % 2)) / width);
      return element % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    });
    return b.add(x, b.constant(float32(values, [1, tokens, width])));
  });
}

/** One token of each image, the first by default: [N,T,E] -> [N,E]. */
export function selectToken(name: string, index = 0): Module {
  return stateless(name, `SelectToken(${index})`, ({ b }, x) => {
    const one = b.op('Slice', [x, b.ints(index), b.ints(index + 1), b.ints(1), b.ints(1)], {});
    return b.op('Flatten', [one], { axis: 1 });
  });
}

/** The mean of the tokens of each image: [N,T,E] -> [N,E]. */
export function meanToken(name: string): Module {
  return stateless(name, 'MeanToken', ({ b }, x) => b.op('ReduceMean', [x], { axes: [1], keepdims: 0 }));
}

/**
 * Marks the last height · width tokens of [N,T,E] as images [N,E,height,width] for the inspect program, under a name; the tokens
 * pass as they are.
 */
export function tapMaps(name: string, height: number, width: number): Module {
  return stateless('', `tap ${name}`, (f, x) => {
    const [tokens = 0, channels = 0] = staticShape(x.shape.slice(1), name);
    const maps = f.b.within(name, () => {
      const start = tokens - height * width;
      const own =
        start === 0 ? x : f.b.op('Slice', [x, f.b.ints(start), f.b.ints(tokens), f.b.ints(1), f.b.ints(1)], {});
      const turned = f.b.op('Transpose', [own], { perm: [0, 2, 1] });
      return f.b.op('Reshape', [turned, f.b.ints(0, channels, height, width)], {});
    });
    f.tap(name, maps);
    return x;
  });
}

/** How many tokens there are. Throws GraphError for other values than tokens of a width. */
function tokensOf(x: Value, width: number, name: string): number {
  const [, tokens, found] = x.shape;
  if (x.shape.length === 3 && typeof tokens === 'number' && found === width) return tokens;
  throw new GraphError(`${name}: expected tokens [N,T,${width}], got [${x.shape.join(',')}]`);
}
