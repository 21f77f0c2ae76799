/** The graph builders: pure functions from models to ONNX graphs. What is not exported here may change at any time. */
export { gradients } from './autodiff/gradient.ts';
export {
  type ExportForm,
  type InputForm,
  inferenceGraph,
  inputForms,
  type OutputForm,
  outputForms,
} from './export/inference-graph.ts';
export { GraphBuilder, type NodeOptions } from './ir/builder.ts';
export type { Graph, Node } from './ir/graph.ts';
export { printGraph } from './ir/print.ts';
export { deserializeModel, serializeModel } from './ir/serialize.ts';
export {
  type DataType,
  float32,
  GraphError,
  int64,
  type Shape,
  type Tensor,
  type TensorType,
  type Value,
  zeros,
} from './ir/types.ts';
export { catalogue } from './models/catalogue.ts';
export type { ImageShape, Model, ModelDefinition, ModelOptions } from './models/model.ts';
export { type LayerSummary, type ModelSummary, summarize } from './models/summary.ts';
export { Forward, type MaskInput } from './nn/forward.ts';
export * as initializers from './nn/initializers.ts';
export * as layers from './nn/layers.ts';
export { correctPredictions, crossEntropy } from './nn/losses.ts';
export type { Module } from './nn/module.ts';
export type { BufferSpec, ParameterSpec } from './nn/specs.ts';
export { optimizerOf } from './optim/from-recipe.ts';
export type { ParameterGroup, PerParameter, Setting } from './optim/groups.ts';
export {
  adam,
  adamw,
  type Optimizer,
  type OptimizerOptions,
  optimizer,
  type SgdOptions,
  sgd,
} from './optim/optimizer.ts';
export type { OptimizerRecipe } from './optim/optimizer-recipe.ts';
export { chain, type Slot, Step, type Transformation } from './optim/transformation.ts';
export {
  type AdamOptions,
  addDecayedWeights,
  clipByGlobalNorm,
  scaleByAdam,
  scaleByLearningRate,
  trace,
} from './optim/transformations.ts';
export { evalStep, inspect, predict, tapNames } from './programs/inference.ts';
export type { Normalization, ProgramOptions } from './programs/preprocess.ts';
export type { Port, Program, StateTensor } from './programs/program.ts';
export { type TrainStepOptions, trainStep } from './programs/train-step.ts';
export { unroll } from './programs/unroll.ts';
export { compile, type TargetName, targets } from './targets/compile.ts';
export { type Lowering, LoweringContext, type Target } from './targets/target.ts';
