import { encodeSafetensors } from '../files/safetensors.ts';
import type { Writer } from './artifact.ts';
import { commonMetadata } from './metadata.ts';

/** Parameters and buffers only, under the names of PyTorch's state_dict. */
export const writeSafetensors: Writer = async (subject) => {
  const file = `${subject.model.name}.safetensors`;
  // Hugging Face's readers ask for `format`; 'pt' tells them that names follow PyTorch.
  const metadata = new Map(Object.entries({ format: 'pt', ...commonMetadata(subject) }));
  return {
    files: new Map([[file, encodeSafetensors(subject.state, metadata)]]),
    main: file,
    notes: { precision: 'float32', tensors: `${subject.state.size} parameters and buffers` },
  };
};
