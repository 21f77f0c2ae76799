/**
 * The checkpoint file of ONNX Runtime's on-device training: flatbuffers with the identifier ODTC, version 2. The tables
 * and their fields are those of onnxruntime/core/flatbuffers/schema/ort_training_checkpoint.fbs and ort.fbs; the numbers
 * below are the fields' places there.
 */
import { Builder, type Offset } from 'flatbuffers';
import { onnxDataType } from '../../graphs/ir/ops/elementwise.ts';
import type { TensorOf } from '../../graphs/ir/types.ts';

export type FloatTensors = ReadonlyMap<string, TensorOf<'float32'>>;

/** What a TrainingSession starts from. */
export interface OrtCheckpoint {
  /** Parameters that the optimizer model updates, by name. */
  readonly trainable: FloatTensors;
  /** Parameters that it does not: running statistics. */
  readonly frozen: FloatTensors;
  /** Without it the moments start at zero. */
  readonly optimizer?: OptimizerState;
}

export interface OptimizerState {
  /** Steps made so far. */
  readonly step: number;
  /** For the runtime's learning-rate schedulers; the rate itself is the session's. */
  readonly initialLearningRate: number;
  /** By parameter; every trainable one must be there, or none. */
  readonly moments: ReadonlyMap<string, readonly [first: TensorOf<'float32'>, second: TensorOf<'float32'>]>;
}

const identifier = 'ODTC';
const version = 2;
/** The runtime knows one group of parameters, by this name. */
const groupName = 'group0';
const momentNames = ['momentum0', 'momentum1'] as const;

const fields = {
  checkpoint: { version: 0, moduleState: 1, optimizerGroups: 2 },
  moduleState: { trainable: 0, frozen: 1 },
  tensor: { name: 0, dims: 2, dataType: 3, rawData: 4 },
  group: { name: 0, step: 1, initialLearningRate: 2, states: 3 },
  state: { parameter: 0, moments: 1 },
} as const;

/** The bytes of a checkpoint file. Tensors stand in the order of their maps; the same checkpoint gives the same bytes. */
export function encodeCheckpoint({ trainable, frozen, optimizer }: OrtCheckpoint): Uint8Array {
  const b = new Builder(1024);
  // The runtime asks for both lists, empty or not.
  const lists = [trainable, frozen].map((tensors) =>
    offsets(
      b,
      [...tensors].map((entry) => writeTensor(b, ...entry)),
    ),
  );
  const moduleState = writeTable(b, 4, [fields.moduleState.trainable, fields.moduleState.frozen], lists);
  const groups = optimizer && offsets(b, [writeGroup(b, optimizer)]);
  const { checkpoint } = fields;
  b.startObject(4);
  b.addFieldInt32(checkpoint.version, version, 0);
  b.addFieldOffset(checkpoint.moduleState, moduleState, 0);
  if (groups !== undefined) b.addFieldOffset(checkpoint.optimizerGroups, groups, 0);
  b.finish(b.endObject(), identifier);
  return b.asUint8Array();
}

function writeGroup(b: Builder, { step, initialLearningRate, moments }: OptimizerState): Offset {
  const states = [...moments].map(([parameter, tensors]) => {
    const list = offsets(
      b,
      tensors.map((tensor, i) => writeTensor(b, momentNames[i] ?? '', tensor)),
    );
    return writeTable(b, 2, [fields.state.parameter, fields.state.moments], [b.createString(parameter), list]);
  });
  const [list, name] = [offsets(b, states), b.createString(groupName)];
  const { group } = fields;
  b.startObject(4);
  b.addFieldOffset(group.name, name, 0);
  b.addFieldInt64(group.step, BigInt(step), 0n);
  b.addFieldFloat32(group.initialLearningRate, initialLearningRate, 0);
  b.addFieldOffset(group.states, list, 0);
  return b.endObject();
}

function writeTensor(b: Builder, name: string, { shape, data }: TensorOf<'float32'>): Offset {
  const bytes = b.createByteVector(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  b.startVector(8, shape.length, 8);
  for (const size of shape.toReversed()) b.addInt64(BigInt(size));
  const dims = b.endVector();
  const text = b.createString(name);
  const { tensor } = fields;
  b.startObject(7);
  b.addFieldOffset(tensor.name, text, 0);
  b.addFieldOffset(tensor.dims, dims, 0);
  b.addFieldInt32(tensor.dataType, onnxDataType.float32, 0);
  b.addFieldOffset(tensor.rawData, bytes, 0);
  return b.endObject();
}

/** A table of so many fields whose `places` hold other tables, lists or texts. */
function writeTable(b: Builder, size: number, places: readonly number[], targets: readonly Offset[]): Offset {
  b.startObject(size);
  places.forEach((place, i) => {
    b.addFieldOffset(place, targets[i] ?? 0, 0);
  });
  return b.endObject();
}

function offsets(b: Builder, targets: readonly Offset[]): Offset {
  b.startVector(4, targets.length, 4);
  for (const target of targets.toReversed()) b.addOffset(target);
  return b.endVector();
}
