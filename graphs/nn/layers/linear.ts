import { GraphError, type Value } from '../../ir/types.ts';
import { fanInUniform, kaimingUniform, type ParameterInitializer } from '../initializers.ts';
import type { Module } from '../module.ts';
import type { ParameterSpec } from '../specs.ts';
import { stateless } from './stateless.ts';

/** What a linear layer can be told beside its sizes; PyTorch's defaults where nothing is said. */
export interface LinearOptions {
  /** Whether each output has an offset; true by default. */
  readonly bias?: boolean;
  /** How the weight begins; PyTorch's default is `kaimingUniform` of the inputs. */
  readonly initialize?: ParameterInitializer;
  /** How the bias begins; PyTorch's default is `fanInUniform` of the inputs. */
  readonly initializeBias?: ParameterInitializer;
}

/** y = x Wᵀ + b over the last axis: [N,in] -> [N,out], or [N,T,in] -> [N,T,out]; weight [out,in]. */
export function linear(name: string, inputs: number, outputs: number, options: LinearOptions = {}): Module {
  const { bias: hasBias = true } = options;
  const weight: ParameterSpec = {
    name: `${name}.weight`,
    shape: [outputs, inputs],
    initialize: options.initialize ?? kaimingUniform(inputs),
  };
  const bias: ParameterSpec = {
    name: `${name}.bias`,
    shape: [outputs],
    initialize: options.initializeBias ?? fanInUniform(inputs),
  };
  return {
    name,
    description: `Linear(${inputs}, ${outputs}${hasBias ? '' : ', bias=false'})`,
    parameters: hasBias ? [weight, bias] : [weight],
    buffers: [],
    children: [],
    forward: (f, x) => {
      checkInputs(x, inputs);
      if (x.shape.length === 2)
        return f.b.op('Gemm', [x, f.parameter(weight), hasBias ? f.parameter(bias) : null], { transB: 1 });
      const turned = f.b.op('Transpose', [f.parameter(weight)], { perm: [1, 0] });
      const y = f.b.op('MatMul', [x, turned], {});
      return hasBias ? f.b.add(y, f.parameter(bias)) : y;
    },
  };
}

/** Throws GraphError where the last axis has another size than the layer's inputs. */
function checkInputs({ shape }: Value, inputs: number): void {
  const size = shape.at(-1);
  if (size === inputs) return;
  const wayOut = shape.length === 4 ? '; `flatten` or `globalAveragePool2d` before it makes vectors of images' : '';
  throw new GraphError(`${inputs} inputs were expected, there are ${size}${wayOut}`);
}

/** [N,…] -> [N, product of the rest]. */
export function flatten(name: string): Module {
  return stateless(name, 'Flatten', (f, x) => f.b.op('Flatten', [x], { axis: 1 }));
}
