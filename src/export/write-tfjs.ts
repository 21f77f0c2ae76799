import { toKeras } from '../../graphs/export/keras.ts';
import { tensorBytes } from '../../graphs/ir/tensor-bytes.ts';
import { toJson } from '../files/json.ts';
import { packageVersion } from '../files/package-root.ts';
import type { Writer } from './artifact.ts';
import { commonMetadata, describeInput, describeOutput } from './metadata.ts';

const shard = 'group1-shard1of1.bin';

/** A layers model: model.json and one file with all weights, float32, little-endian, in the manifest's order. */
export const writeTfjs: Writer = async (subject, { form }) => {
  const { topology, weights, outputs } = toKeras(subject.graph(form));
  const model = {
    format: 'layers-model',
    generatedBy: `atelier ${packageVersion()}`,
    convertedBy: null,
    modelTopology: topology,
    weightsManifest: [
      { paths: [shard], weights: weights.map(({ name, tensor: { shape } }) => ({ name, shape, dtype: 'float32' })) },
    ],
    userDefinedMetadata: {
      ...commonMetadata(subject),
      input: describeInput(subject, form, 'channels-last'),
      output: describeOutput(form),
      outputLayers: Object.fromEntries(outputs),
    },
  };
  return {
    files: new Map<string, Uint8Array | string>([
      ['model.json', `${toJson(model, 'model.json', 2)}\n`],
      [shard, Buffer.concat(weights.map(({ tensor }) => tensorBytes(tensor)))],
    ]),
    main: 'model.json',
    notes: {
      precision: 'float32',
      layout: 'channels last: kernels are [height,width,in,out], and the rows of the first linear layer follow',
      outputs: [...outputs].map(([name, layer]) => `${name} (layer ${layer})`).join(', '),
    },
  };
};
