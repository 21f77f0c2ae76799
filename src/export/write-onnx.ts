import { toFloat16 } from '../../graphs/export/float16.ts';
import { type ExportForm, surroundings } from '../../graphs/export/inference-graph.ts';
import { checkOpset, irVersionOf } from '../../graphs/export/opset.ts';
import { type Graph, type Node, scopeOf } from '../../graphs/ir/graph.ts';
import { serializeModel } from '../../graphs/ir/serialize.ts';
import { elementCount } from '../../graphs/ir/types.ts';
import type { Artifact, WriteOptions, Writer } from './artifact.ts';
import { formMetadata } from './metadata.ts';
import { foldedGraph, quantizedGraph } from './quantization.ts';
import type { Subject } from './subject.ts';

/** float32. Constants keep PyTorch's names, so that a run that starts from the file, and other tools, find the weights. */
export const writeOnnx: Writer = async (subject, options) =>
  artifact(subject, options, `${subject.model.name}.onnx`, subject.graph(options.form), { precision: 'float32' });

/** Weights and arithmetic in float16; normalization and softmax stay in float32, and so do input and outputs. */
export const writeFloat16: Writer = async (subject, options) => {
  const around: readonly string[] = Object.values(surroundings);
  const keeps = (node: Node) => around.includes(scopeOf(node));
  const graph = toFloat16(foldedGraph(subject, options.form), keeps);
  return artifact(subject, options, `${subject.model.name}-fp16.onnx`, graph, { precision: 'float16' });
};

export const writeInt8: Writer = async (subject, options) => {
  const images = await options.calibrationImages();
  const { graph, method, errors, calibrationImages } = await quantizedGraph(
    subject,
    options.form,
    images,
    options.threads,
  );
  const tried = Object.entries(errors).map(([name, error]) => `${name} ${error.toPrecision(3)}`);
  const left = floatShare(graph);
  const percent = Math.round(100 * left);
  const written = artifact(subject, options, `${subject.model.name}-int8.onnx`, graph, {
    precision: 'int8 weights (per output channel, symmetric), uint8 activations, int32 biases',
    calibration: `${calibrationImages} training images, ranges by ${method}`,
    'calibration trial': `mean squared difference of logits on ${images.trial.count} other training images: ${tried.join(', ')}`,
    ...(percent === 0 ? {} : { 'left in float32': `${percent} % of the weights, by their number` }),
  });
  if (left <= mostFloats) return written;
  const warning =
    `onnx-int8: ${percent} % of the weights of ${subject.model.name} stay in float32, so the file is hardly smaller than that of onnx: ` +
    'the weights of convolutions and linear layers become whole numbers, other parameters do not. onnx-fp16 halves all.';
  return { ...written, warnings: [warning] };
};

/** The share of weights in float32 above which an int8 file is not what its name promises. */
const mostFloats = 0.5;

/** How many of the numbers that a graph holds as constants are float32. */
export function floatShare({ initializers }: Graph): number {
  const sizes = { all: 0, float32: 0 };
  for (const { tensor } of initializers) {
    const size = elementCount(tensor.shape);
    sizes.all += size;
    if (tensor.dtype === 'float32') sizes.float32 += size;
  }
  return sizes.all === 0 ? 0 : sizes.float32 / sizes.all;
}

function artifact(
  subject: Subject,
  { form, opset }: WriteOptions,
  file: string,
  graph: Graph,
  notes: Artifact['notes'],
): Artifact {
  return {
    files: new Map([[file, onnxBytes(subject, form, opset, graph, notes)]]),
    main: file,
    notes: { ...notes, opset: String(opset) },
  };
}

/** A graph as an ONNX file of this opset, with the subject's metadata. */
export function onnxBytes(
  subject: Subject,
  form: ExportForm,
  opset: number,
  graph: Graph,
  notes: Artifact['notes'],
): Uint8Array {
  return serializeModel(checkOpset(graph, opset), {
    opset,
    irVersion: irVersionOf(opset),
    docString: `${subject.title} trained on ${subject.config.data.title}`,
    metadata: { ...formMetadata(subject, form), ...notes },
  });
}
