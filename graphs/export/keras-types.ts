/** A Keras model as tf.loadLayersModel reads it: layers as plain JSON, weights beside them. */
import type { TensorOf } from '../ir/types.ts';

/** Anything that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A reference to a layer's only output: layer, node 0, tensor 0. */
export type LayerReference = readonly [layer: string, node: 0, tensor: 0];

/** One layer as the topology lists it. */
export interface KerasLayer {
  readonly class_name: string;
  readonly name: string;
  readonly config: { readonly [key: string]: Json };
  /** The layers that this one reads; none for the input. */
  readonly inbound_nodes: readonly (readonly (readonly [...LayerReference, { readonly [key: string]: Json }])[])[];
}

/** What `model.json` says of the layers. */
export interface KerasTopology {
  readonly keras_version: string;
  readonly backend: string;
  readonly model_config: {
    readonly class_name: 'Functional';
    readonly config: {
      readonly name: string;
      readonly layers: readonly KerasLayer[];
      readonly input_layers: readonly LayerReference[];
      readonly output_layers: readonly LayerReference[];
    };
  };
}

/** A tensor of one layer under the name that the weights manifest gives it. */
export interface KerasWeight {
  /** Layer and part: `conv1/kernel`. */
  readonly name: string;
  readonly tensor: TensorOf<'float32'>;
}

/** Topology and weights of a model. */
export interface KerasModel {
  readonly topology: KerasTopology;
  /** In the order of the layers. */
  readonly weights: readonly KerasWeight[];
  /** Layers whose results are the model's outputs, by the graph's output names. */
  readonly outputs: ReadonlyMap<string, string>;
}
